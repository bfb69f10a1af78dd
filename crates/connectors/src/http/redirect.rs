//! Which redirects are followed. Where to is checked by whoever sends the next request.

use domain::document::Method;
use url::Url;

use crate::failure::Failure;

/// The most redirects of one request.
pub(super) const MOST: usize = 5;

/// What follows a reply.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// Nothing: it is the answer.
    Done,
    /// Another request.
    Follow {
        /// Its method.
        method: Method,
        /// Its URL.
        url: Url,
    },
}

/// Decides on a reply (RFC 9110 section 15.4). A change is repeated only where the status says that the method stays
/// (307, 308); 301 and 302 leave that open, and repeating a POST as a GET would pretend that it was done.
pub(super) fn next(method: Method, status: u16, url: &Url, location: Option<&str>) -> Result<Next, Failure> {
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return Ok(Next::Done);
    }
    let Some(location) = location else { return Ok(Next::Done) };
    let to = url
        .join(location)
        .map_err(|_| Failure::answered(status, "The vendor redirected to what is not a URL."))?;
    match (method.is_safe(), status) {
        (true, _) => Ok(Next::Follow { method, url: to }),
        (false, 307 | 308) => Ok(Next::Follow { method, url: to }),
        (false, 303) => Ok(Next::Follow { method: Method::Get, url: to }),
        (false, _) => Err(Failure::answered(
            status,
            format!("What was addressed has moved (HTTP {status}); use its new name: {}.", to.path()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_follow_and_changes_follow_only_where_the_method_stays() {
        let url = Url::parse("https://a.test/x/y").unwrap();
        let follow = |method, url: &str| Ok(Next::Follow { method, url: Url::parse(url).unwrap() });
        for status in [301, 302, 303, 307, 308] {
            assert_eq!(next(Method::Get, status, &url, Some("/z")), follow(Method::Get, "https://a.test/z"));
        }
        assert_eq!(
            next(Method::Patch, 307, &url, Some("https://b.test/")),
            follow(Method::Patch, "https://b.test/")
        );
        assert_eq!(next(Method::Post, 303, &url, Some("z")), follow(Method::Get, "https://a.test/x/z"));
        assert!(next(Method::Post, 301, &url, Some("/z")).is_err());
        assert!(next(Method::Get, 302, &url, Some("http://[")).is_err());
        assert_eq!(next(Method::Get, 302, &url, None), Ok(Next::Done));
        assert_eq!(next(Method::Get, 304, &url, Some("/z")), Ok(Next::Done));
    }
}
