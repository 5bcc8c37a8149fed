// Connections of mysql2 with one `ssl` object: `resume.mjs MODULES CERTS USER PASSWORD`, as resume.py
// has it.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [modules, certs, user, password] = process.argv.slice(2);
const mysql = createRequire(`${modules}/`)('mysql2/promise');
const file = (name) => readFileSync(`${certs}/${name}`);
const QUERY = "SHOW STATUS LIKE 'Ssl_sessions_reused'";

async function meet(port, user, ssl) {
  const connection = await mysql.createConnection({ host: 'localhost', port, user, password, ssl });
  try {
    const [rows] = await connection.query(QUERY);
    const server = rows[0].Value === '1';
    const own = connection.connection.stream.isSessionReused();
    if (server !== own) {
      throw new Error(`resumed? The server says ${server}, the client ${own}`);
    }
    return own ? 'resumed' : 'full';
  } finally {
    connection.destroy();
  }
}

async function answer(port, version, certificate, count) {
  const has = certificate === 'with';
  const ssl = {
    ca: file('ca.pem'),
    verifyIdentity: true,
    minVersion: version,
    maxVersion: version,
    ...(has ? { cert: file('client-cert.pem'), key: file('client-key.pem') } : {}),
  };
  const said = [];
  for (let i = 0; i < Number(count); i++) {
    said.push(await meet(Number(port), user + (has ? '_x509' : ''), ssl));
  }
  return said.join(' ');
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log('in', await answer(...line.split(' ')));
  } catch (error) {
    console.log('out', `${error.code} ${error.errno}: ${error.message}`.replaceAll('\n', ' '));
  }
}
process.exit(0);
