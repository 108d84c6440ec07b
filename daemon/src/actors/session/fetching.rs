//! Files whose bytes are not on this machine yet: fetched when somebody reads them.

use heph_protocol::{ErrorCode, Request, WireError};

use crate::actors::store_handle::{CallContext, StoreHandle};
use crate::actors::sync::{FetchFile, Fetched, SyncHandle};

/// Reads a piece of a file; one that is not here is fetched first, if that takes no longer than a client waits.
pub(super) async fn read(
    store: &StoreHandle,
    sync: &SyncHandle,
    request: Request,
    context: CallContext,
) -> Result<Vec<u8>, WireError> {
    let error = match store.call(request.clone(), context.clone()).await {
        Err(error) => error,
        read => return read,
    };
    let Some(file) = absent(&error) else { return Err(error) };
    match sync.fetch(file).await {
        Fetched::Here => store.call(request, context).await,
        Fetched::Coming => Err(WireError {
            code: ErrorCode::Busy,
            message: format!("{} yet; it is being fetched", error.message),
            hint: Some("ask again in a moment; heph sync status shows what is on its way".to_owned()),
            data: error.data,
        }),
        Fetched::Later(reason) => Err(WireError {
            message: format!("{} yet; it will be fetched", error.message),
            hint: Some(reason),
            ..error
        }),
    }
}

/// The file that an error says is not here.
fn absent(error: &WireError) -> Option<FetchFile> {
    let absent = error.data.as_ref()?.absent.as_ref()?;
    Some(FetchFile { hash: absent.hash.parse().ok()?, bytes: absent.bytes })
}
