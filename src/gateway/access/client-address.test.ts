import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { ClientAddresses } from './client-address.ts'

const addresses = new ClientAddresses([
  { address: '10.0.0.0', prefix: 8 },
  { address: 'fd00::', prefix: 8 },
])

const of = (remoteAddress: string | undefined, forwarded?: string | string[]): string =>
  addresses.of({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage)

test.each([
  ['whoever connects', '203.0.113.9', undefined, '203.0.113.9'],
  [
    'whoever connects, as an IPv6 address that an IPv4 one is mapped to',
    '::ffff:203.0.113.9',
    undefined,
    '203.0.113.9',
  ],
  ['whom a proxy asks for', '10.1.2.3', '203.0.113.9', '203.0.113.9'],
  ['whom a proxy asks for that is mapped', '::ffff:10.1.2.3', '203.0.113.9', '203.0.113.9'],
  ['whom the first of two proxies asks for', 'fd00::1', '203.0.113.9, 10.1.2.3', '203.0.113.9'],
  ['whoever stands before a proxy, and not whom he says to ask for', '10.1.2.3', '1.1.1.1, 203.0.113.9', '203.0.113.9'],
  ['the same over several headers', '10.1.2.3', ['1.1.1.1', '203.0.113.9'], '203.0.113.9'],
  ['a proxy that says what is no address', '10.1.2.3', 'unknown', '10.1.2.3'],
  ['a proxy that asks for itself', '10.1.2.3', undefined, '10.1.2.3'],
  ['the network of an IPv6 address', '2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
  ['the network of a short IPv6 address', '2001:db8::6', undefined, '2001:db8:0:0::/64'],
  ['this machine', '::1', undefined, '0:0:0:0::/64'],
  ['nobody who is there any more', undefined, undefined, ''],
])('a request comes from %s', (_what, remote, forwarded, expected) => {
  expect(of(remote, forwarded)).toBe(expected)
})
