module github.com/tlsql/tlsql/bindings/go

go 1.19
