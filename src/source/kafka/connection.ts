/** How the brokers are reached, and what that is called by either client. */
import { readFileSync } from 'node:fs'
import * as tls from 'node:tls'
import type { KafkaConfig } from 'kafkajs'
import type { RdkafkaSettings } from './rdkafka-module.ts'

export type KafkaLogLevel = 'error' | 'warn' | 'info' | 'debug'

export type KafkaConnection = {
  /** `host:port` each. */
  readonly brokers: readonly string[]
  readonly clientId: string
  /** TLS, by PEM texts where given, else the authorities that Node knows; without it plain TCP. */
  readonly ssl?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string
  }
  /** Takes the clients' own log. */
  readonly log: (level: KafkaLogLevel, message: string, details: Readonly<Record<string, unknown>>) => void
}

export function kafkajsConnection({
  brokers,
  clientId,
  ssl,
  sasl,
}: Omit<KafkaConnection, 'log'>): Pick<KafkaConfig, 'brokers' | 'clientId' | 'ssl' | 'sasl'> {
  return {
    brokers: [...brokers],
    clientId,
    ...(ssl !== undefined && { ssl: { ...ssl } }),
    ...(sasl !== undefined && { sasl: kafkajsSasl(sasl) }),
  }
}

/** kafkajs has one type for each mechanism; told apart here, since a union of mechanisms is none of them. */
function kafkajsSasl({ mechanism, ...user }: NonNullable<KafkaConnection['sasl']>): NonNullable<KafkaConfig['sasl']> {
  switch (mechanism) {
    case 'plain':
      return { mechanism, ...user }
    case 'scram-sha-256':
      return { mechanism, ...user }
    case 'scram-sha-512':
      return { mechanism, ...user }
  }
}

export function rdkafkaConnection({ brokers, clientId, ssl, sasl }: Omit<KafkaConnection, 'log'>): RdkafkaSettings {
  return {
    'metadata.broker.list': brokers.join(','),
    'client.id': clientId,
    'security.protocol': `${sasl === undefined ? '' : 'sasl_'}${ssl === undefined ? 'plaintext' : 'ssl'}`,
    ...(ssl !== undefined && {
      'ssl.ca.pem': ssl.ca ?? authoritiesOfNode(),
      ...(ssl.cert !== undefined && { 'ssl.certificate.pem': ssl.cert }),
      ...(ssl.key !== undefined && { 'ssl.key.pem': ssl.key }),
    }),
    ...(sasl !== undefined && {
      'sasl.mechanisms': sasl.mechanism.toUpperCase(),
      'sasl.username': sasl.username,
      'sasl.password': sasl.password,
    }),
  }
}

/** librdkafka would take those of the machine, so that a broker might be trusted by one client and not by the other. */
function authoritiesOfNode(): string {
  const extra = process.env.NODE_EXTRA_CA_CERTS
  return [...tls.rootCertificates, ...(extra ? [readFileSync(extra, 'utf8')] : [])].join('\n')
}
