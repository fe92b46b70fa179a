//! Passwords: argon2id, off the threads that serve requests, and a few at a time.

use std::sync::LazyLock;

use anyhow::Context as _;
use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use rand::RngExt as _;
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
        let right = password.len() <= LONGEST * 4 && fits(&password, &stored)?;
        anyhow::Ok(right && known)
    });
    verified.await?
}

static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody's password").expect("the default parameters hash anything"));

fn hash_now(password: &str) -> anyhow::Result<String> {
    let params = Params::default();
    let salt = Salt::new(&rand::rng().random::<[u8; 16]>()).context("making a salt")?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).context("writing argon2's parameters")?,
        hash: Some(digest(Algorithm::Argon2id, Version::V0x13, params, password, &salt)?),
        salt: Some(salt),
    };
    Ok(hash.to_string())
}

/// By the algorithm and the parameters of the stored hash, so that hashes of earlier parameters stay good.
fn fits(password: &str, stored: &PasswordHash) -> anyhow::Result<bool> {
    const DAMAGED: &str = "a stored password hash is damaged";
    let algorithm = Algorithm::try_from(stored.algorithm.as_str()).context(DAMAGED)?;
    let version = stored.version.map_or(Ok(Version::default()), Version::try_from).context(DAMAGED)?;
    let params = Params::try_from(stored).context(DAMAGED)?;
    let (salt, hash) = stored.salt.as_ref().zip(stored.hash.as_ref()).context(DAMAGED)?;
    // Compared in constant time: that is how `Output` compares.
    Ok(digest(algorithm, version, params, password, salt)? == *hash)
}

fn digest(algorithm: Algorithm, version: Version, params: Params, password: &str, salt: &[u8]) -> anyhow::Result<Output> {
    /// The C library maps allocations above 32 MiB each on their own and gives them back when they are freed; smaller
    /// ones it keeps and scatters, and after a few sign-ins the server would hold ten times what it needs. What is
    /// reserved and not touched costs nothing.
    const GIVEN_BACK: usize = 33 * 1024 * 1024 / Block::SIZE;
    let mut blocks = Vec::with_capacity(params.block_count().max(GIVEN_BACK));
    blocks.resize(params.block_count(), Block::new());
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    let out = &mut out[..params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN).min(Params::DEFAULT_OUTPUT_LEN)];
    let argon2 = Argon2::new(algorithm, version, params);
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut blocks).context("hashing a password")?;
    Output::new(out).context("hashing a password")
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

    #[tokio::test]
    async fn hashes_are_those_of_everybody_elses_argon2id() {
        use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

        let theirs = Argon2::default().hash_password(b"correct horse").expect("hashes").to_string();
        assert!(verify("correct horse".to_owned(), Some(theirs)).await.expect("verifies"));
        let ours = hash("correct horse".to_owned()).await.expect("hashes");
        let ours = PasswordHash::new(&ours).expect("is PHC");
        assert!(Argon2::default().verify_password(b"correct horse", &ours).is_ok());
        assert_eq!(ours.params.to_string(), "m=19456,t=2,p=1");
    }

    #[test]
    fn short_passwords_are_refused_by_characters_not_by_bytes() {
        assert!(acceptable("ääääääääää").is_ok());
        assert!(acceptable("äääääääää").is_err());
    }
}
