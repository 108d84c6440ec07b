//! A forge that is none: it answers as it is told to.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// How it answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// With these releases, as Gitea and GitHub both do.
    Releases(Vec<String>),
    /// With a release of this version with these files, and with the files.
    Files(String, Vec<(String, Vec<u8>)>),
    /// With a status.
    Status(u16),
    /// With a web page.
    Page,
    /// With something else.
    Text(&'static str),
    /// Not at all, the connection stays open.
    Nothing,
    /// Not at all, the connection is closed.
    Closed,
    /// Without end.
    Endless,
    /// With a length of ten gigabytes.
    TenGigabytes,
}

pub(crate) struct Forge {
    address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
}

impl Forge {
    pub(crate) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer = Arc::new(Mutex::new(answer));
        let answers = Arc::clone(&answer);
        let host = format!("http://{address}");
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let answer = answers.lock().unwrap().clone();
                let host = host.clone();
                // A client that goes away ends its answer.
                std::thread::spawn(move || serve(stream, &answer, &host));
            }
        });
        Self { address, answer }
    }

    pub(crate) fn repo(&self) -> String {
        format!("http://{}/o/heph", self.address)
    }

    pub(crate) fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }
}

fn serve(mut stream: TcpStream, answer: &Answer, host: &str) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        head.push(byte[0]);
    }
    let asked = String::from_utf8_lossy(&head).into_owned();
    let is_for_releases = asked.contains("/repos/o/heph/releases");
    let mut reply = |status: u16, kind: &str, body: &str| {
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
    };
    match answer {
        Answer::Releases(tags) if is_for_releases => {
            let release = |tag: &String| {
                format!(
                    r#"{{"tag_name":"{tag}","name":"{tag}","created_at":"2026-11-01T00:00:00Z","assets":[]}}"#
                )
            };
            let all: Vec<_> = tags.iter().map(release).collect();
            reply(200, "application/json", &format!("[{}]", all.join(",")))
        }
        Answer::Files(version, files) if is_for_releases => {
            let asset = |(name, _): &(String, Vec<u8>)| {
                format!(r#"{{"name":"{name}","browser_download_url":"{host}/files/{name}"}}"#)
            };
            let assets: Vec<_> = files.iter().map(asset).collect();
            let assets = assets.join(",");
            let text = format!(
                r#"[{{"tag_name":"v{version}","name":"x","created_at":"2026-11-01T00:00:00Z","assets":[{assets}]}}]"#
            );
            reply(200, "application/json", &text)
        }
        Answer::Files(_, files) => {
            let file = files.iter().find(|(name, _)| asked.starts_with(&format!("GET /files/{name} ")));
            let Some((_, bytes)) = file else { return reply(404, "text/plain", "") };
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                bytes.len()
            )?;
            stream.write_all(bytes)
        }
        Answer::Releases(_) => reply(404, "application/json", "{}"),
        Answer::Status(status) => reply(*status, "application/json", "{\"message\":\"no\"}"),
        Answer::Page => reply(200, "text/html; charset=utf-8", "<!DOCTYPE html><title>Sign in</title>"),
        Answer::Text(text) => reply(200, "application/json", text),
        Answer::Nothing => stream.read(&mut byte).map(drop),
        Answer::Closed => Ok(()),
        Answer::Endless => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")?;
            loop {
                stream.write_all(&[b' '; 1 << 16])?;
            }
        }
        Answer::TenGigabytes => {
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10737418240\r\n\r\n"
            )?;
            loop {
                stream.write_all(&[b' '; 1 << 16])?;
            }
        }
    }
}
