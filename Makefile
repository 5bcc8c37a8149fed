# The targets a person needs; `make help` lists them.  How they do it is in the file each one calls.

VERSION   := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
PREFIX     = /usr/local
DESTDIR    =
LIBDIR     = $(PREFIX)/lib
INCLUDEDIR = $(PREFIX)/include
DOCDIR     = $(PREFIX)/share/doc/tlsql
CC         = cc
CFLAGS     = -O2 -g
WARNINGS   = -std=c99 -Wall -Wextra -Wpedantic -Wconversion
CARGO      = cargo
# For every run of cargo, such as CARGOFLAGS=--locked.
CARGOFLAGS =
# For the library: calls from crate to crate are direct. rustc has them go through the global offset
# table wherever relocations are read-only, which takes 50 KB of entries and their relocations; build.rs
# asks the linker for that all the same. And where the crates' sources lie on this machine is not in it.
# RUSTFLAGS in the environment come before this.
SOURCES    = $(or $(CARGO_HOME),$(HOME)/.cargo)/registry/src
DIRECT     = --config 'build.rustflags=["-Crelro-level=partial","--remap-path-prefix=$(SOURCES)="]'
# Its relocations are packed, 100 KB less, where the C library can load it: glibc from 2.36 on. For a
# library that has to run with an older one: PACKED=0.
PACKED     = $(shell getconf GNU_LIBC_VERSION 2>/dev/null | \
               awk '{ split($$2, v, "."); print (v[1] > 2 || v[2] >= 36) }')
# Functions of the same code are one, 20 KB less, where the linker can: lld, which is Rust's own on x86-64.
FOLDED     = $(shell d=$$(mktemp -d) && echo | rustc --crate-type cdylib --crate-name probe \
               -Clink-arg=-Wl,--icf=all -o $$d/probe.so - 2>/dev/null && echo 1; rm -r $$d)
# For `make fuzz`.
T          = client_stream
SECONDS    = 60
# For `make bench`: exponentiations of which the times are compared.
SAMPLES    = 100000

BUILD = TLSQL_PACKED_RELOCATIONS=$(PACKED) TLSQL_FOLDED_FUNCTIONS=$(FOLDED) \
        $(CARGO) build $(CARGOFLAGS) $(DIRECT) --release
R = target/release
A = target/aws-lc
C = target/c
D = $(DESTDIR)
# What rustc names for libtlsql.a (--print native-static-libs), but gcc_eh for gcc_s: the same
# unwinder, which exists as an archive too and so links with -static.
STATIC_LIBS = -lgcc_eh -lutil -lrt -lpthread -lm -ldl -lc
DOCUMENTS = $(wildcard docs/*.md) c-tests/valgrind.supp LICENSE-APACHE LICENSE-MIT

export CC
# With the feature aws-lc-rs: the AWS-LC that Cargo.lock names, not one of the system.
export AWS_LC_SYS_USE_SYSTEM = 0
export CARGO_TARGET_DIR = $(CURDIR)/target
# Where the tests of the bindings find the library.
export CGO_LDFLAGS = -L$(CURDIR)/$(C) -Wl,-rpath,$(CURDIR)/$(C)
export TLSQL_LIBRARY = $(CURDIR)/$(C)/libtlsql.so.0

help:
	@echo 'make demo        one upgrade to watch, and two refusals'
	@echo '                 (TLSQL_SERVER=host:port TLSQL_USER=...: with your server)'
	@echo 'make examples    the C programs and the library they use, into $(C)/'
	@echo 'make test        all that needs no root and no servers'
	@echo 'make test-peers  fetch MySQL and MariaDB servers and run against them (Debian, root);'
	@echo '                 PEERS=--only=certificates: a part of it'
	@echo 'make header      write include/tlsql.h and include/tlsql_cdef.h from src/ffi/'
	@echo 'make bench       tlsql beside OpenSSL, rustls and the raw AEAD (docs/performance.md);'
	@echo '                 SAMPLES=$(SAMPLES) exponentiations of DHE: does their time tell of'
	@echo '                 the secret?'
	@echo 'make fuzz        one fuzz target: T=$(T) SECONDS=$(SECONDS)'
	@echo 'make fmt         format the Rust sources'
	@echo 'make lint        rustfmt --check and clippy; warnings are errors'
	@echo 'make install     PREFIX=$(PREFIX) DESTDIR=: library, header, tlsql.pc, documents'
	@echo 'make uninstall   remove what make install put there'
	@echo 'make clean       remove all that was built'

demo: examples
	@sh examples/demo.sh

library $(R)/libtlsql.so:
	$(BUILD) -p tlsql -p tlsql-login -p tlsql-certs

examples: library
	@mkdir -p $(C)
	@install -m 755 $(R)/libtlsql.so $(C)/libtlsql.so.0
	@ln -sf libtlsql.so.0 $(C)/libtlsql.so
	@install -m 644 $(R)/libtlsql.a $(R)/liblogin.a $(C)
	@for program in client server adapter; do \
	  echo "$(CC) -o $(C)/$$program" && \
	  $(CC) $(WARNINGS) $(CFLAGS) -Iinclude -Iexamples/login -o $(C)/$$program \
	    examples/$$program.c $(C)/liblogin.a -L$(C) -ltlsql '-Wl,-rpath,$$ORIGIN' || exit 1; \
	done

test: examples
	@CARGO='$(CARGO)' CARGOFLAGS='$(CARGOFLAGS)' sh tests/run.sh

test-peers: examples
	@sh tests/venv.sh || true
	@PATH="$(CURDIR)/target/venv/bin:$$PATH" $(CARGO) run $(CARGOFLAGS) --release -p tlsql-peers -- $(PEERS)

# TLSQL_HEADER_DIR=dir in the environment: there, instead of into include/.
header:
	$(CARGO) build $(CARGOFLAGS) -p tlsql --features header

# TLSQL_WRITE_DOCS=1 in the environment: writes the tables of docs/performance.md. The library with the
# feature aws-lc-rs is built beside the other one; without it its columns are not measured.
bench: examples
	@rm -f $(A)/release/libtlsql.a $(A)/release/libtlsql.so
	-$(BUILD) -p tlsql --features aws-lc-rs --target-dir $(A)
	cd benches/performance && $(CARGO) build $(CARGOFLAGS) --release
	target/release/tlsql-bench-performance
	$(CARGO) bench $(CARGOFLAGS) $(DIRECT) -p tlsql --bench record
	$(CARGO) bench $(CARGOFLAGS) -p tlsql --bench dhe_timing -- --samples $(SAMPLES)
	@if pkg-config --exists libcrypto; then \
	  cd benches/certificates && $(CARGO) run $(CARGOFLAGS) --release; \
	else \
	  echo 'skipped certificates: no OpenSSL headers (libssl-dev, pkg-config)'; \
	fi

fuzz:
	@cargo-fuzz --version >/dev/null 2>&1 || \
	  { echo 'cargo-fuzz is missing: cargo install cargo-fuzz (a few minutes)'; exit 1; }
	mkdir -p fuzz/corpus/$(T)
	cd fuzz && env -u CARGO_TARGET_DIR RUSTC_BOOTSTRAP=1 \
	  cargo fuzz run $(T) corpus/$(T) seeds/$(T) -- -max_total_time=$(SECONDS)

fmt:
	$(CARGO) fmt --all

lint:
	$(CARGO) fmt --all -- --check
	$(CARGO) clippy $(CARGOFLAGS) --workspace --all-targets -- -D warnings

# Builds only where nothing was built, so that root needs no cargo.
install: $(R)/libtlsql.so
	install -d $(D)$(LIBDIR)/pkgconfig $(D)$(INCLUDEDIR) $(D)$(DOCDIR)
	install -m 755 $(R)/libtlsql.so $(D)$(LIBDIR)/libtlsql.so.$(VERSION)
	ln -sf libtlsql.so.$(VERSION) $(D)$(LIBDIR)/libtlsql.so.0
	ln -sf libtlsql.so.0 $(D)$(LIBDIR)/libtlsql.so
	install -m 644 $(R)/libtlsql.a $(D)$(LIBDIR)
	install -m 644 include/tlsql.h $(D)$(INCLUDEDIR)
	install -m 644 $(DOCUMENTS) $(D)$(DOCDIR)
	sed -e 's|@prefix@|$(PREFIX)|' -e 's|@version@|$(VERSION)|' \
	  -e 's|@libdir@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|' \
	  -e 's|@includedir@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|' \
	  -e 's|@static_libs@|$(STATIC_LIBS)|' tlsql.pc.in > $(D)$(LIBDIR)/pkgconfig/tlsql.pc
	chmod 644 $(D)$(LIBDIR)/pkgconfig/tlsql.pc

# Directories that other packages use too stay, also where they are empty.
uninstall:
	rm -f $(D)$(LIBDIR)/libtlsql.so.$(VERSION) $(D)$(LIBDIR)/libtlsql.so.0 \
	  $(D)$(LIBDIR)/libtlsql.so $(D)$(LIBDIR)/libtlsql.a $(D)$(LIBDIR)/pkgconfig/tlsql.pc \
	  $(D)$(INCLUDEDIR)/tlsql.h $(addprefix $(D)$(DOCDIR)/,$(notdir $(DOCUMENTS)))
	@rmdir $(D)$(DOCDIR) 2>/dev/null || true

clean:
	rm -rf target fuzz/target

.PHONY: help demo library examples test test-peers header bench fuzz fmt lint install uninstall clean
