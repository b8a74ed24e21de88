//! `listeners` and `advertised.listeners`, as Kafka writes them: `NAME://HOST:PORT` separated by commas.

use std::collections::BTreeMap;

use weir_server::{BindAddress, Listener};

/// The listeners of a broker; those that belong to a controller are left out.
pub(super) fn parse(
    listeners: &str,
    advertised: Option<&str>,
    protocols: Option<&str>,
    controller: Option<&str>,
) -> Result<Vec<Listener>, String> {
    let protocols: BTreeMap<&str, &str> = protocols
        .into_iter()
        .flat_map(|map| map.split(','))
        .filter_map(|pair| pair.trim().split_once(':'))
        .collect();
    let controller: Vec<&str> =
        controller.into_iter().flat_map(|names| names.split(',')).map(str::trim).collect();
    let mut parsed = Vec::new();
    for (name, bind) in addresses("listeners", listeners)? {
        if controller.contains(&name.as_str()) {
            continue;
        }
        let protocol = protocols.get(name.as_str()).copied().unwrap_or(&name);
        if protocol.ends_with("SSL") || protocol.starts_with("SASL") {
            return Err(format!(
                "listener {name} asks for {protocol}: this version serves PLAINTEXT only; map it to PLAINTEXT"
            ));
        }
        parsed.push(Listener { name, bind, advertised_host: None, advertised_port: None });
    }
    for (name, address) in addresses("advertised.listeners", advertised.unwrap_or_default())? {
        let Some(listener) = parsed.iter_mut().find(|listener| listener.name == name) else {
            return Err(format!("advertised.listeners names {name}, which is not in listeners"));
        };
        listener.advertised_host = Some(address.host);
        listener.advertised_port = Some(address.port);
    }
    match parsed.is_empty() {
        true => Err("listeners has no listener for clients; write listeners=PLAINTEXT://:9092".to_owned()),
        false => Ok(parsed),
    }
}

fn addresses(setting: &str, text: &str) -> Result<Vec<(String, BindAddress)>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            let wanted = || format!("{setting}: '{part}' is not NAME://HOST:PORT");
            let (name, address) = part.split_once("://").ok_or_else(wanted)?;
            let (host, port) = address.rsplit_once(':').ok_or_else(wanted)?;
            let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
            // Kafka takes 0.0.0.0 for every address; so do we, on both families.
            let host = if setting == "listeners" && host == "0.0.0.0" { "" } else { host };
            Ok((name.to_owned(), BindAddress::new(host, port.parse().map_err(|_| wanted())?)))
        })
        .collect()
}
