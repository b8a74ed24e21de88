//! Lets a test build a broker with a planted fault, to show that the tests find it: `WEIR_FAULT=no_flush` or
//! `WEIR_FAULT=no_directory_sync`. A release build with a fault is refused.

fn main() {
    println!("cargo:rerun-if-env-changed=WEIR_FAULT");
    let Ok(fault) = std::env::var("WEIR_FAULT") else { return };
    assert!(
        std::env::var("PROFILE").as_deref() != Ok("release"),
        "WEIR_FAULT={fault} is set: a broker that loses data on purpose is never built for release"
    );
    assert!(
        ["no_flush", "no_directory_sync"].contains(&fault.as_str()),
        "WEIR_FAULT={fault} is not a known fault"
    );
    println!("cargo:rustc-cfg=weir_fault=\"{fault}\"");
}
