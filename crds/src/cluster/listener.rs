//! Listeners: where clients connect, and under which address they find each broker.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::choice::choice;

const TLS_MESSAGE: &str =
    "spec.listeners[].tls: this version serves plain connections only; remove the field until TLS is there";
const AUTHENTICATION_MESSAGE: &str = "spec.listeners[].authentication: this version does not authenticate clients; remove the field until it does";

/// A place where clients connect.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[x_kube(
    validation = Rule::new("!has(self.tls)").message(TLS_MESSAGE),
    validation = Rule::new("!has(self.authentication)").message(AUTHENTICATION_MESSAGE)
)]
#[serde(rename_all = "camelCase")]
pub struct Listener {
    /// The listener's name.
    #[schemars(length(min = 1, max = 15), regex(pattern = "^[a-z]([-a-z0-9]*[a-z0-9])?$"))]
    pub name: String,
    /// The port that the brokers listen on.
    #[schemars(range(min = 1024, max = 65535))]
    pub port: i32,
    /// From where it can be reached.
    #[serde(default, rename = "type")]
    pub listener_type: ListenerType,
    /// Encryption; not served by this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// Who may connect; not served by this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Authentication>,
    /// The address that clients are told, `{broker}` standing for the broker's id: `kafka-{broker}.example.com:9094`.
    /// Without it the address that Kubernetes gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 300), regex(pattern = "^[-a-zA-Z0-9.{}]+(:[0-9]{1,5})?$"))]
    pub advertised_address: Option<String>,
}

choice! {
    /// From where a listener can be reached.
    ListenerType {
        /// From within Kubernetes, each broker by its own name.
        #[default]
        Internal,
        /// From within Kubernetes, by a virtual address.
        ClusterIP,
        /// From outside, by a port of every node.
        NodePort,
        /// From outside, by load balancers.
        LoadBalancer,
    }
}

/// Encryption of a listener.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Tls {
    /// The Secret with `tls.crt` and `tls.key`. Without it the operator makes certificates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub secret_name: Option<String>,
}

/// Who may connect to a listener.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Authentication {
    /// The mechanisms that clients may use.
    #[schemars(length(min = 1, max = 4), extend("x-kubernetes-list-type" = "set"))]
    pub mechanisms: Vec<Mechanism>,
}

choice! {
    /// How a client proves who it is.
    Mechanism {
        /// SASL/SCRAM-SHA-512.
        #[default]
        ScramSha512,
        /// SASL/SCRAM-SHA-256.
        ScramSha256,
        /// SASL/OAUTHBEARER.
        OAuthBearer,
        /// A client certificate.
        Certificate,
    }
}
