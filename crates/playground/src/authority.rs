//! A certificate authority of one run.

use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use crate::Error;

/// Signs the certificates of servers and clients on this machine.
#[derive(Debug)]
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its private key, both in PEM.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

impl Authority {
    pub(crate) fn new(common_name: &str) -> Result<Self, Error> {
        let mut parameters = CertificateParams::default();
        parameters
            .distinguished_name
            .push(DnType::CommonName, common_name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        Ok(Self(CertifiedIssuer::self_signed(
            parameters,
            KeyPair::generate()?,
        )?))
    }

    /// A certificate for a server of these names and addresses.
    pub(crate) fn issue(&self, common_name: &str, names: &[&str]) -> Result<Issued, Error> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        self.sign(common_name, CertificateParams::new(names)?)
    }

    /// A certificate for a client, good for so long from now on.
    pub(crate) fn issue_for(&self, common_name: &str, lifetime: Duration) -> Result<Issued, Error> {
        let mut parameters = CertificateParams::default();
        parameters.not_after = (SystemTime::now() + lifetime).into();
        self.sign(common_name, parameters)
    }

    fn sign(&self, common_name: &str, mut parameters: CertificateParams) -> Result<Issued, Error> {
        parameters
            .distinguished_name
            .push(DnType::CommonName, common_name);
        parameters.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = KeyPair::generate()?;
        Ok(Issued {
            certificate: parameters.signed_by(&key, &self.0)?.pem(),
            key: key.serialize_pem(),
        })
    }

    /// Its own certificate, in PEM.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// Its own certificate, in DER.
    pub(crate) fn der(&self) -> Vec<u8> {
        self.0.der().to_vec()
    }
}
