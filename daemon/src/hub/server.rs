//! The HTTP server: workers, limits of connections, deadlines.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::middleware::{DefaultHeaders, Next, from_fn};
use actix_web::{App, HttpServer, web};
use rustls::ServerConfig;

use super::presence::Pace;
use super::routes;
use super::state::Hub;

/// Threads that serve; the work is the store's.
const WORKERS: usize = 2;

/// Connections a worker has at once.
const CONNECTIONS: usize = 256;

/// Connections at once to the address that tells figures.
const METRICS_CONNECTIONS: usize = 16;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 128;

/// How long a connection may take to close.
const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

/// How long a connection may do nothing.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Seconds that requests in flight have to end when the server stops.
const SHUTDOWN_SECONDS: u64 = 4;

/// Makes the server of a hub; it serves once it is awaited, within an actix system.
///
/// # Errors
/// [`io::Error`] when the listener cannot be used.
pub fn serve(listener: TcpListener, tls: Option<ServerConfig>, hub: Arc<Hub>) -> io::Result<Server> {
    let hub = web::Data::from(hub);
    let Pace { head_deadline, body_deadline, .. } = hub.presences.pace();
    give_up_unread(&listener, body_deadline);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(hub.clone())
            .wrap(from_fn(count))
            .wrap(DefaultHeaders::new().add(("x-content-type-options", "nosniff")))
            .configure(routes::configure)
    })
    .workers(WORKERS)
    .max_connections(CONNECTIONS)
    .backlog(BACKLOG)
    .client_request_timeout(head_deadline)
    .tls_handshake_timeout(head_deadline)
    .client_disconnect_timeout(CLOSE_DEADLINE)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .disable_signals();
    let server = match tls {
        Some(tls) => server.listen_rustls_0_23(listener, tls)?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}

/// Counts a request.
async fn count<B: MessageBody>(
    hub: web::Data<Hub>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let (method, route, began) = (request.method().clone(), request.match_pattern(), Instant::now());
    let response = next.call(request).await?;
    hub.metrics.count(method.as_str(), route, response.status().as_u16(), began.elapsed());
    Ok(response)
}

/// Makes the server that tells the figures of a hub, on an address of its own.
///
/// # Errors
/// [`io::Error`] when the listener cannot be used.
pub fn serve_metrics(listener: TcpListener, hub: Arc<Hub>) -> io::Result<Server> {
    let hub = web::Data::from(hub);
    let head_deadline = hub.presences.pace().head_deadline;
    let server =
        HttpServer::new(move || App::new().app_data(hub.clone()).configure(routes::configure_metrics))
            .workers(1)
            .max_connections(METRICS_CONNECTIONS)
            .client_request_timeout(head_deadline)
            .client_disconnect_timeout(CLOSE_DEADLINE)
            .keep_alive(KEEP_ALIVE)
            .shutdown_timeout(1)
            .disable_signals();
    Ok(server.listen(listener)?.run())
}

/// Has the system end connections whose other side takes nothing for so long; those that are accepted inherit it.
fn give_up_unread(listener: &TcpListener, deadline: Duration) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(
        listener,
        u32::try_from(deadline.as_millis()).unwrap_or_default(),
    ) {
        tracing::info!(%error, "connections that are not read from stay open until the other side closes");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (listener, deadline);
}
