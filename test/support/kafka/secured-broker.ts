import { randomUUID } from 'node:crypto'
import { type Certificate, newCertificates } from '../certificates.ts'
import { type Broker, freePort, startBroker } from './broker.ts'

/** A broker that lets in only who shows a certificate, or signs in. */
export type SecuredBroker = Broker & {
  /** Wants a certificate of the client, signed by `ca`. */
  readonly byCertificate: string
  /** Wants a sign-in as `user`, by PLAIN or SCRAM. */
  readonly bySignIn: string
  readonly ca: string
  readonly client: Certificate
  readonly user: { readonly username: string; readonly password: string }
}

/** @throws Error where it cannot be started, or openssl is missing. */
export async function startSecuredBroker(): Promise<SecuredBroker> {
  const { ca, server, client } = newCertificates('watcher')
  const user = { username: 'watcher', password: randomUUID() }
  const [ssl, signIn] = [await freePort(), await freePort()]
  const broker = await startBroker({
    listeners: [
      { name: 'SSL', port: ssl },
      { name: 'SASL_SSL', port: signIn },
    ],
    scramUsers: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map(
      mechanism => `${mechanism}=[name=${user.username},password=${user.password}]`,
    ),
    properties: {
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.certificate.chain': onOneLine(server.cert),
      'ssl.keystore.key': onOneLine(server.key),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': onOneLine(ca),
      'listener.name.ssl.ssl.client.auth': 'required',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      'listener.name.sasl_ssl.plain.sasl.jaas.config': `${login('plain.Plain')} user_${user.username}="${user.password}";`,
      'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': `${login('scram.Scram')};`,
      'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${login('scram.Scram')};`,
    },
  })
  return { ...broker, byCertificate: `127.0.0.1:${ssl}`, bySignIn: `127.0.0.1:${signIn}`, ca, client, user }
}

const onOneLine = (pem: string): string => pem.replaceAll('\n', '\\n')

const login = (kind: string): string => `org.apache.kafka.common.security.${kind}LoginModule required`
