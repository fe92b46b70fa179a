//! Secrets at rest: XChaCha20-Poly1305, with a key id in front and the owner as associated data, so that a sealed text
//! copied to another company's row does not open.

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use rand::RngExt as _;
use ringback_domain::ids::CompanyId;
use uuid::Uuid;

const NONCE: usize = 24;

pub struct Vault {
    cipher: XChaCha20Poly1305,
    /// The first bytes of the key's hash: tells which key sealed a text without telling the key.
    key_id: [u8; 4],
}

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("sealed with another key: RINGBACK_SECRET_KEY has changed since")]
    OtherKey,
    #[error("the sealed text is damaged or belongs to another company or another thing of it")]
    Damaged,
}

impl Vault {
    pub fn new(key: &[u8; 32]) -> Self {
        use sha2::{Digest, Sha256};
        let hash = Sha256::digest(key);
        Self { cipher: XChaCha20Poly1305::new(key.into()), key_id: [hash[0], hash[1], hash[2], hash[3]] }
    }

    /// Key id, nonce, sealed text. `of`: the phone or intake key that the secret belongs to.
    pub fn seal(&self, company: CompanyId, of: impl Into<Uuid>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let nonce: [u8; NONCE] = rand::rng().random();
        let aad = owner(company, of.into());
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad }).map_err(|_| VaultError::Damaged)?;
        Ok([&self.key_id[..], &nonce, &sealed].concat())
    }

    pub fn open(&self, company: CompanyId, of: impl Into<Uuid>, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (key_id, rest) = sealed.split_at_checked(self.key_id.len()).ok_or(VaultError::Damaged)?;
        if key_id != self.key_id {
            return Err(VaultError::OtherKey);
        }
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or(VaultError::Damaged)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| VaultError::Damaged)?;
        let aad = owner(company, of.into());
        self.cipher.decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: &aad }).map_err(|_| VaultError::Damaged)
    }
}

fn owner(company: CompanyId, of: Uuid) -> [u8; 32] {
    let mut owner = [0; 32];
    owner[..16].copy_from_slice(company.0.as_bytes());
    owner[16..].copy_from_slice(of.as_bytes());
    owner
}

#[cfg(test)]
mod tests {
    use ringback_domain::ids::PhoneId;

    use super::*;

    #[test]
    fn a_secret_opens_for_its_owner_alone() {
        let vault = Vault::new(&[7; 32]);
        let id = |n: u128| uuid::Uuid::from_u128(n);
        let (company, phone) = (CompanyId(id(1)), PhoneId(id(2)));
        let sealed = vault.seal(company, phone, b"api token").expect("seals");
        assert!(!sealed.windows(9).any(|w| w == b"api token"));
        assert_eq!(vault.open(company, phone, &sealed).expect("opens"), b"api token");
        assert!(matches!(vault.open(company, PhoneId(id(3)), &sealed), Err(VaultError::Damaged)));
        assert!(matches!(vault.open(CompanyId(id(3)), phone, &sealed), Err(VaultError::Damaged)));
        assert!(matches!(Vault::new(&[8; 32]).open(company, phone, &sealed), Err(VaultError::OtherKey)));
        assert!(matches!(vault.open(company, phone, &sealed[..10]), Err(VaultError::Damaged)));
    }
}
