//! The API as a service: HTTP requests in, HTTP responses out.

mod respond;

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use futures::future::BoxFuture;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Body;
use jiff::Timestamp;
use serde_json::{Value, json};

pub use respond::ResponseBody;
pub(crate) use respond::failure;
use respond::{lines, object, text};

use crate::{
    api::Inner,
    discovery,
    error::ApiError,
    event, read,
    request::{Query, Shape, Target, WriteOptions},
    resource::{Form, Resource},
    selector::Selector,
    store::Origin,
    view::{IncludeObject, View},
    watch, write,
};

/// The largest request body, in bytes; the real server's limit.
const LARGEST_BODY: usize = 3 << 20;

/// The API as a tower service. Clones share everything.
#[derive(Clone)]
pub struct Service {
    api: Arc<Inner>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

impl Service {
    pub(crate) fn new(api: Arc<Inner>) -> Self {
        Self { api }
    }
}

impl<B> tower::Service<Request<B>> for Service
where
    B: Body + Send + 'static,
    B::Data: Buf + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let api = Arc::clone(&self.api);
        Box::pin(async move {
            if *api.closed.borrow() {
                let message = "the API is closed";
                let closed = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message);
                return Ok(failure(&closed));
            }
            let (parts, body) = request.into_parts();
            let answer = match Limited::new(body, LARGEST_BODY).collect().await {
                Ok(body) => handle(&api, &parts, body.to_bytes()).await,
                Err(_) => {
                    let message = format!("the request has no end or is larger than {LARGEST_BODY} bytes");
                    Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", message))
                }
            };
            Ok(answer.unwrap_or_else(|error| failure(&error)))
        })
    }
}

type Answer = Result<Response<ResponseBody>, ApiError>;

async fn handle(api: &Arc<Inner>, parts: &http::request::Parts, body: Bytes) -> Answer {
    let path = parts.uri.path();
    let query = Query::parse(&parts.uri);
    match Target::parse(&api.registry, path)? {
        Target::Fixed(path) if discovery::is_health(&path) => Ok(text("ok")),
        Target::Fixed(path) => {
            let found = discovery::answer(&api.registry, &path);
            found.map(|it| object(StatusCode::OK, &it)).ok_or_else(|| ApiError::no_such_path(&path))
        }
        Target::Collection { resource, namespace } => {
            if parts.method == Method::GET {
                return collection(api, resource, namespace, &parts.headers, &query);
            }
            let call = Call { api, resource, namespace, name: None, status: false, parts, query: &query };
            call.write(body).await
        }
        Target::Object { resource, namespace, name, status } => {
            if parts.method == Method::GET {
                let found = read::get(&api.store, &resource, &namespace, &name)?;
                let shape = Shape::negotiate(&parts.headers)?;
                return Ok(object(StatusCode::OK, &*view(&resource, shape, &query).one(&found)));
            }
            let name = Some(name);
            Call { api, resource, namespace, name, status, parts, query: &query }.write(body).await
        }
    }
}

fn view<'a>(resource: &'a Resource, shape: Shape, query: &Query) -> View<'a> {
    let include = IncludeObject::parse(query.text("includeObject"));
    View { resource, shape, include, now: Timestamp::now() }
}

fn collection(
    api: &Arc<Inner>,
    resource: Arc<Resource>,
    namespace: String,
    headers: &HeaderMap,
    query: &Query,
) -> Answer {
    let shape = Shape::negotiate(headers)?;
    if query.flag("watch") {
        return Ok(lines(watch::start(Arc::clone(api), resource, namespace, shape, query)?));
    }
    let list = read::list(&api.store, &view(&resource, shape, query), &namespace, query)?;
    Ok(object(StatusCode::OK, &list))
}

/// A request that writes.
struct Call<'a> {
    api: &'a Inner,
    resource: Arc<Resource>,
    namespace: String,
    /// `None` for the collection.
    name: Option<String>,
    status: bool,
    parts: &'a http::request::Parts,
    query: &'a Query,
}

impl Call<'_> {
    async fn write(self, body: Bytes) -> Answer {
        let options = WriteOptions::parse(self.query, &self.parts.headers, self.status)?;
        if self.resource.namespaced && self.namespace.is_empty() {
            // All namespaces at once can be read, not written.
            return Err(ApiError::method_not_allowed(&self.parts.method, &self.resource));
        }
        let (answer, revision) = match (&self.parts.method, self.name.as_deref()) {
            (&Method::DELETE, _) => self.delete(&options, &body)?,
            (&Method::POST, None) => {
                let object = self.incoming(&body)?;
                self.run(&options, |writing, call| write::create(writing, &call.namespace, object, None))?
            }
            (&Method::PUT, Some(name)) => {
                let object = self.incoming(&body)?;
                self.run(&options, |writing, call| write::replace(writing, &call.namespace, name, object))?
            }
            (&Method::PATCH, Some(name)) => {
                let kind = write::PatchKind::of(self.content_type())?;
                let patch = parse(&body, true)?;
                self.run(&options, |writing, call| write::patch(writing, kind, &call.namespace, name, patch))?
            }
            (method, _) => return Err(ApiError::method_not_allowed(method, &self.resource)),
        };
        if !self.resource.is_volatile() && !self.status {
            self.api.store.saved(revision).await.map_err(|error| {
                let message = format!("accepted, but not saved: {error}");
                ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message)
            })?;
        }
        Ok(answer)
    }

    fn content_type(&self) -> &str {
        self.parts.headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default()
    }

    /// An object in the body, as it is stored.
    fn incoming(&self, body: &[u8]) -> Result<Value, ApiError> {
        let mut object = parse(body, self.content_type().contains("yaml"))?;
        let says = |field: &str, wanted: &str| object[field].as_str().is_none_or(|it| it == wanted);
        if !says("kind", &self.resource.kind) || !says("apiVersion", &self.resource.api_version()) {
            let message = format!(
                "the object provided is no {} of {}",
                self.resource.kind,
                self.resource.api_version()
            );
            return Err(ApiError::bad_request(message));
        }
        let namespace = crate::metadata::namespace(&object);
        if self.resource.namespaced && !namespace.is_empty() && namespace != self.namespace {
            let message = format!(
                "the namespace of the provided object does not match the namespace sent on the request: {namespace}"
            );
            return Err(ApiError::bad_request(message));
        }
        if self.resource.form == Form::Event {
            event::to_core(&mut object);
        }
        Ok(object)
    }

    fn run(
        &self,
        options: &WriteOptions,
        write: impl FnOnce(&mut write::Writing<'_>, &Self) -> Result<write::Written, ApiError>,
    ) -> Result<(Response<ResponseBody>, u64), ApiError> {
        let now = Timestamp::now();
        let (written, revision) = self.api.store.write(|state| {
            let mut writing = write::Writing {
                registry: &self.api.registry,
                state,
                resource: &self.resource,
                options,
                origin: Origin::Api,
                now,
            };
            write(&mut writing, self)
        });
        let written = written?;
        let shape = Shape::negotiate(&self.parts.headers)?;
        let code = if written.created { StatusCode::CREATED } else { StatusCode::OK };
        let seen = view(&self.resource, shape, self.query);
        let mut answer = object(code, &*seen.one(&written.object));
        respond::warn(answer.headers_mut(), &written.warnings);
        Ok((answer, revision))
    }

    fn delete(&self, options: &WriteOptions, body: &[u8]) -> Result<(Response<ResponseBody>, u64), ApiError> {
        let wanted = write::DeleteOptions::parse(body, self.query.text("propagationPolicy"))?;
        let selector = Selector::parse(
            &self.resource,
            self.query.text("labelSelector"),
            self.query.text("fieldSelector"),
        )?;
        let now = Timestamp::now();
        let seen = view(&self.resource, Shape::Whole, self.query);
        let (answer, revision) = self.api.store.write(|state| {
            let mut writing = write::Writing {
                registry: &self.api.registry,
                state,
                resource: &self.resource,
                options,
                origin: Origin::Api,
                now,
            };
            match &self.name {
                Some(name) => {
                    write::delete(&mut writing, &self.namespace, name, &wanted).map(|it| match it {
                        write::Deleted::Gone(object) => write::success(&self.resource, &object),
                        write::Deleted::Pending(object) => seen.one(&object).into_owned(),
                    })
                }
                None => write::delete_all(&mut writing, &self.namespace, &selector, &wanted).map(|all| {
                    let all: Vec<&Value> = all.iter().map(AsRef::as_ref).collect();
                    seen.list(&all, &json!({}))
                }),
            }
        });
        Ok((object(StatusCode::OK, &answer?), revision))
    }
}

/// A body as JSON; YAML where the client may send that.
fn parse(body: &[u8], or_yaml: bool) -> Result<Value, ApiError> {
    let unreadable = |why: String| ApiError::bad_request(format!("the body cannot be read: {why}"));
    match serde_json::from_slice(body) {
        Ok(value) => Ok(value),
        Err(_) if or_yaml => {
            let text = std::str::from_utf8(body).map_err(|error| unreadable(error.to_string()))?;
            crate::yaml::parse(text).map_err(|error| unreadable(error.message))
        }
        Err(error) => Err(unreadable(error.to_string())),
    }
}
