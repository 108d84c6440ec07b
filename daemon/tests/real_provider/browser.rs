//! A person with a browser, as far as an issuer can tell: pages, forms, cookies, redirects.

use std::collections::BTreeMap;

use regex::Regex;
use reqwest::{Client, RequestBuilder, Response};

/// Most pages a person clicks through.
const PATIENCE: usize = 20;

/// What the person does at the question whether this device may log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    Approve,
    Deny,
}

pub(crate) struct Browser {
    client: Client,
    cookies: BTreeMap<String, String>,
}

/// A page: its address and what stands in it.
struct Page {
    url: String,
    html: String,
}

/// Fields of a form and where they go.
struct Form {
    action: String,
    fields: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, cookies: BTreeMap::new() }
    }

    /// Opens the address of a code and goes on until there is nothing more to fill in; the last page.
    pub(crate) async fn answer(&mut self, address: &str, person: &str, choice: Choice) -> String {
        let mut page = self.follow(self.client.get(address)).await;
        for _ in 0..PATIENCE {
            let Some(mut form) = page.form() else {
                return page.html;
            };
            if form.fields.contains_key("login") {
                form.fields.insert("login".into(), person.into());
                form.fields.insert("password".into(), "any".into());
            }
            let denies = choice == Choice::Deny && form.fields.contains_key("confirm");
            if denies {
                form.fields.remove("confirm");
                form.fields.insert("abort".into(), "yes".into());
            }
            let action = reqwest::Url::parse(&page.url).unwrap().join(&form.action).unwrap();
            let mut body = reqwest::Url::parse("http://form.invalid/").unwrap();
            body.query_pairs_mut().extend_pairs(&form.fields);
            let request = self.client.post(action).body(body.query().unwrap_or_default().to_owned());
            page = self.follow(request.header("content-type", "application/x-www-form-urlencoded")).await;
            if denies {
                return page.html;
            }
        }
        panic!("no end of pages: {}", page.html);
    }

    async fn follow(&mut self, request: RequestBuilder) -> Page {
        let mut response = self.send(request).await;
        for _ in 0..PATIENCE {
            let url = response.url().clone();
            let Some(location) = response.headers().get("location") else {
                return Page { url: url.into(), html: response.text().await.unwrap() };
            };
            let next = url.join(location.to_str().unwrap()).unwrap();
            response = self.send(self.client.get(next)).await;
        }
        panic!("no end of redirects: {}", response.url());
    }

    async fn send(&mut self, request: RequestBuilder) -> Response {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }
}

impl Page {
    /// The first form of the page.
    fn form(&self) -> Option<Form> {
        let found = |pattern: &str, text: &str| {
            Some(
                Regex::new(pattern)
                    .unwrap()
                    .captures(text)?
                    .get(1)
                    .map_or("", |text| text.as_str())
                    .to_owned(),
            )
        };
        let action = found(r#"<form[^>]*\saction="([^"]*)""#, &self.html)?;
        let inputs = Regex::new("<input[^>]*>").unwrap();
        let fields = inputs.find_iter(&self.html).filter_map(|input| {
            let name = found(r#"\sname="([^"]*)""#, input.as_str())?;
            Some((name, found(r#"\svalue="([^"]*)""#, input.as_str()).unwrap_or_default()))
        });
        Some(Form { action, fields: fields.collect() })
    }
}
