//! A closed loop of callers: each sends a request on its own connection, takes in the whole reply, and only then sends the
//! next one.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet, time::timeout};

use crate::latencies::Latencies;

/// Longest wait for one reply: whoever takes longer is broken, not slow.
const PATIENCE: Duration = Duration::from_secs(10);

/// Between two looks for a change. It adds no more than itself to a delay.
pub(crate) const PAUSE: Duration = Duration::from_millis(1);

/// A POST, sent again and again, to which every reply is the same.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) address: SocketAddr,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What a round of a loop came to.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) took: Duration,
    pub(crate) latencies: Latencies,
}

impl Call {
    /// Sends it once and returns the body of the reply.
    ///
    /// # Errors
    /// If there is no connection or no reply, or its status is not 200.
    pub(crate) async fn once(&self) -> anyhow::Result<Bytes> {
        Caller::connect(self).await?.ask_for_result().await
    }

    /// Keeps `connections` callers busy for a time, or for `at_most` requests each.
    ///
    /// # Errors
    /// If a reply is not the one that the first request had: a figure of failures would be worth nothing.
    pub(crate) async fn repeat(
        &self,
        connections: usize,
        time: Duration,
        at_most: usize,
    ) -> anyhow::Result<Round> {
        let expected = self.once().await?;
        let mut callers = Vec::with_capacity(connections);
        for _ in 0..connections {
            callers.push(Caller::connect(self).await?);
        }
        let started = Instant::now();
        let end = started + time;
        let mut tasks: JoinSet<_> = callers
            .into_iter()
            .map(|caller| {
                let expected = expected.clone();
                async move { caller.repeat(&expected, end, at_most).await }
            })
            .collect();
        let mut latencies = Latencies::default();
        while let Some(finished) = tasks.join_next().await {
            latencies.extend(finished??);
        }
        Ok(Round { took: started.elapsed(), latencies })
    }
}

/// One connection.
pub(crate) struct Caller {
    sender: SendRequest<Full<Bytes>>,
    call: Call,
    /// Drives the connection, and ends with it.
    _connection: JoinSet<()>,
}

impl Caller {
    /// Connects, for a call that can be made again and again.
    ///
    /// # Errors
    /// If nobody listens.
    pub(crate) async fn connect(call: &Call) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(call.address).await.context("connect")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // What breaks a connection breaks the request on it, which says so.
            let _ = connection.await;
        });
        Ok(Self { sender, call: call.clone(), _connection: driver })
    }

    /// Makes the call.
    ///
    /// # Errors
    /// If no reply comes, or not in time.
    pub(crate) async fn ask(&mut self) -> anyhow::Result<(StatusCode, Bytes)> {
        let mut request = Request::new(Full::new(self.call.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.call.path.parse()?;
        *request.headers_mut() = self.call.headers.clone();
        let host = self.call.address.to_string();
        request.headers_mut().insert(header::HOST, host.parse()?);
        self.sender.ready().await?;
        let exchange = async {
            let reply = self.sender.send_request(request).await?;
            let status = reply.status();
            let body = reply.into_body().collect().await?.to_bytes();
            anyhow::Ok((status, body))
        };
        timeout(PATIENCE, exchange).await.context("no reply in time")?
    }

    async fn ask_for_result(&mut self) -> anyhow::Result<Bytes> {
        let (status, body) = self.ask().await?;
        ensure!(status == StatusCode::OK, "{status}: {}", String::from_utf8_lossy(&body));
        Ok(body)
    }

    /// Makes the call until a reply satisfies `seen`, with short pauses, and returns when that reply was in.
    ///
    /// # Errors
    /// If none does before the deadline.
    pub(crate) async fn until(
        &mut self,
        deadline: Duration,
        seen: impl Fn(StatusCode, &[u8]) -> bool,
    ) -> anyhow::Result<Instant> {
        let end = Instant::now() + deadline;
        loop {
            let (status, body) = self.ask().await?;
            let now = Instant::now();
            if seen(status, &body) {
                return Ok(now);
            }
            ensure!(now < end, "not within {deadline:?}; last: {status} {}", String::from_utf8_lossy(&body));
            // Callers that never pause would take the processors from what they wait for.
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn repeat(mut self, expected: &Bytes, end: Instant, at_most: usize) -> anyhow::Result<Latencies> {
        let mut latencies = Latencies::default();
        while latencies.len() < at_most {
            let sent = Instant::now();
            if sent >= end {
                break;
            }
            let body = self.ask_for_result().await?;
            latencies.add(sent.elapsed());
            ensure!(body == *expected, "an unlike reply: {}", String::from_utf8_lossy(&body));
        }
        Ok(latencies)
    }
}
