// Connections of mysql2: `clients.mjs MODULES CERTS USER PASSWORD`, as clients.py has it.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [modules, certs, user, password] = process.argv.slice(2);
const mysql = createRequire(`${modules}/`)('mysql2/promise');
const file = (name) => readFileSync(`${certs}/${name}`);
const QUERY = "SHOW STATUS LIKE 'Ssl_version'";

/** It has no PREFERRED: TLS that is asked for is demanded. */
function parameters(mode, certificate) {
  const files = certificate ? { cert: file('client-cert.pem'), key: file('client-key.pem') } : {};
  switch (mode) {
    case 'DISABLED':
      return undefined;
    case 'REQUIRED':
      return { ...files, rejectUnauthorized: false };
    case 'VERIFY_CA':
      return { ...files, ca: file('ca.pem') };
    default:
      return { ...files, ca: file('ca.pem'), verifyIdentity: true };
  }
}

async function connect(port, mode, certificate) {
  const connection = await mysql.createConnection({
    host: 'localhost',
    port,
    user: user + (certificate ? '_x509' : ''),
    password,
    ssl: parameters(mode, certificate),
  });
  try {
    const [rows] = await connection.query(QUERY);
    return rows[0].Value;
  } finally {
    connection.destroy();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [port, mode, certificate] = line.split(' ');
  try {
    console.log('in', await connect(Number(port), mode, certificate === 'with'));
  } catch (error) {
    console.log('out', `${error.code} ${error.errno}: ${error.message}`.replaceAll('\n', ' '));
  }
}
process.exit(0);
