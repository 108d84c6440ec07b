//! What is asked of the daemon, as a value, so that the model can ask without doing it.

use heph_client::{Client, ClientError};
use heph_protocol::{ErrorCode, request, response};

/// Makes the enums of the methods that are used, and the one function that calls them.
macro_rules! calls {
    ($($name:ident -> $reply:ident,)*) => {
        /// A request.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "named after the methods of the protocol")]
        pub enum Call { $($name(request::$name),)* }

        /// The reply of a request of the same name.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "named after the methods of the protocol")]
        pub enum Reply { $($name(Box<response::$reply>),)* }

        impl Call {
            /// Asks, and waits for the reply.
            ///
            /// # Errors
            /// As [`Client::call`].
            pub fn send(&self, client: &mut Client) -> Result<Reply, ClientError> {
                match self { $(Self::$name(request) => Ok(Reply::$name(Box::new(client.call(request)?))),)* }
            }
        }

        $(impl From<request::$name> for Call {
            fn from(request: request::$name) -> Self { Self::$name(request) }
        })*
    };
}

calls! {
    Agenda -> Agenda,
    Complete -> Candidates,
    ConflictList -> ConflictList,
    FilterExplain -> FilterExplained,
    JournalOpen -> PageOpened,
    NodeDelete -> NodesChanged,
    NodeShow -> NodeShown,
    PageBacklinks -> PageBacklinks,
    PageLinks -> PageLinks,
    PageList -> PageList,
    PageNew -> PageSaved,
    PageOpen -> PageOpened,
    PageSave -> PageSaved,
    Redo -> Undone,
    Search -> SearchFound,
    SyncNow -> SyncStatus,
    SyncStatus -> SyncStatus,
    TaskAdd -> TaskAdded,
    TaskForm -> TaskForm,
    TaskFormSave -> TasksChanged,
    TaskList -> TaskList,
    TaskModify -> TasksChanged,
    TaskNext -> TaskNext,
    TaskTransition -> TasksChanged,
    TaskWhy -> TaskWhy,
    Undo -> Undone,
}

impl Call {
    /// Whether it may take long, so that nothing else should wait behind it.
    pub fn is_long(&self) -> bool {
        matches!(self, Self::SyncNow(_))
    }
}

/// Why something did not work, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What happened, in one sentence.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The daemon's code, if it was the daemon that refused.
    pub code: Option<ErrorCode>,
    /// Whether no daemon answered.
    pub is_away: bool,
    /// Whether a daemon is there and did not answer in time.
    pub is_late: bool,
}

impl Problem {
    /// A problem of our own.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, code: None, is_away: false, is_late: false }
    }

    /// The sentence and what to do.
    pub fn sentence(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{}; {hint}", self.message),
            None => self.message.clone(),
        }
    }
}

impl From<&ClientError> for Problem {
    fn from(error: &ClientError) -> Self {
        let is_away = matches!(
            error,
            ClientError::NotRunning { .. } | ClientError::StaleSocket { .. } | ClientError::Closed
        );
        let is_late = matches!(error, ClientError::Timeout { .. });
        Self { message: error.message(), hint: error.hint(), code: error.code(), is_away, is_late }
    }
}
