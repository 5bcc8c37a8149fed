//! OpenSSL 3.5 as static libraries. It is a package of its own so that it is built once, and not again
//! with every change of the harness.
