//! A response body that ends when it is told to.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use hyper::body::{Body, Frame};
use tokio::sync::watch;

use crate::ResponseBody;

/// A body that ends at the next cut, whatever it still had to say.
pub struct CutBody {
    inner: ResponseBody,
    cut: BoxFuture<'static, ()>,
}

impl std::fmt::Debug for CutBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CutBody").finish_non_exhaustive()
    }
}

impl CutBody {
    pub(super) fn new(inner: ResponseBody, mut cuts: watch::Receiver<u64>) -> Self {
        let cut = async move {
            if cuts.changed().await.is_err() {
                // Nobody is left who could cut.
                std::future::pending::<()>().await;
            }
        };
        Self { inner, cut: cut.boxed() }
    }
}

impl Body for CutBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.cut.poll_unpin(context).is_ready() {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.inner).poll_frame(context)
    }
}
