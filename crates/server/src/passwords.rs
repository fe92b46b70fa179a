//! Passwords: argon2id, off the threads that serve requests, and a few at a time.

use std::sync::LazyLock;

use anyhow::Context as _;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

const SHORTEST: usize = 10;
const LONGEST: usize = 1024;

/// Each takes 19 MiB and a core for some 20 ms; more at once would only starve the calls.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// What can be said about a password before it is hashed.
pub fn acceptable(password: &str) -> Result<(), &'static str> {
    match password.chars().count() {
        0..SHORTEST => Err("must have at least 10 characters"),
        SHORTEST..=LONGEST => Ok(()),
        _ => Err("must have at most 1024 characters"),
    }
}

/// The hash to store, in PHC format.
pub async fn hash(password: String) -> anyhow::Result<String> {
    let _turn = AT_ONCE.acquire().await?;
    spawn_blocking(move || hash_now(&password)).await?
}

/// Whether it is the password of `stored`. For nobody (`None`) it works as long and says no, so that the time taken does
/// not tell which addresses sign somebody in.
pub async fn verify(password: String, stored: Option<String>) -> anyhow::Result<bool> {
    let _turn = AT_ONCE.acquire().await?;
    let verified = spawn_blocking(move || {
        let known = stored.is_some();
        let stored = stored.as_deref().unwrap_or_else(|| NOBODY.as_str());
        let stored = PasswordHash::new(stored).context("a stored password hash is damaged")?;
        // Longer ones cannot have been stored, and must not cost more.
        let right = password.len() <= LONGEST * 4 && Argon2::default().verify_password(password.as_bytes(), &stored).is_ok();
        anyhow::Ok(right && known)
    });
    verified.await?
}

static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody's password").expect("the default parameters hash anything"));

fn hash_now(password: &str) -> anyhow::Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes()).context("hashing a password")?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_opens_with_itself_alone() {
        let stored = hash("correct horse".to_owned()).await.expect("hashes");
        assert!(stored.starts_with("$argon2id$"));
        assert!(verify("correct horse".to_owned(), Some(stored.clone())).await.expect("verifies"));
        assert!(!verify("correct hors".to_owned(), Some(stored)).await.expect("verifies"));
        assert!(!verify("nobody's password".to_owned(), None).await.expect("verifies"));
        assert!(verify("correct horse".to_owned(), Some("$argon2id$oops".to_owned())).await.is_err());
    }

    #[test]
    fn short_passwords_are_refused_by_characters_not_by_bytes() {
        assert!(acceptable("ääääääääää").is_ok());
        assert!(acceptable("äääääääää").is_err());
    }
}
