import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { httpToLoopback } from '../../../test/support/notify/http-options.ts'
import { AddressPolicy, type AllowedTarget, parseAllowedTarget } from './address-policy.ts'
import { post } from './post.ts'

const allowing = (...targets: string[]): AllowedTarget[] =>
  targets.map(target => {
    const parsed = parseAllowedTarget(target)
    if (parsed === undefined) throw new Error(target)
    return parsed
  })

const kindOf = (url: string, allowed: readonly AllowedTarget[] = []) =>
  new AddressPolicy(allowed).problemOf(new URL(url))?.kind

/** As a resolver answers; each time with the next of these. */
function resolving(...answers: string[][]) {
  let asked = 0
  const lookup = (_name: string, _options: unknown, callback: (error: null, found: object[]) => void) => {
    const addresses = answers[Math.min(asked++, answers.length - 1)] ?? []
    callback(
      null,
      addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return lookup as unknown as ConstructorParameters<typeof AddressPolicy>[1]
}

const found = (policy: AddressPolicy, url: string) =>
  new Promise<string>(resolve => {
    const { hostname } = new URL(url)
    policy.lookupFor(new URL(url))(hostname, { all: true }, (error, addresses) =>
      resolve(error?.message ?? JSON.stringify(addresses)),
    )
  })

test.each([
  ['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '①②⑦.⓪.⓪.①', '127。0。0。1', '127.0.0.1.'],
  ['[::1]', '[0:0:0:0:0:0:0:1]', '[::]', '0.0.0.0', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]'],
  ['10.0.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '[fd00::1]', '[fec0::1]', '[::ffff:10.0.0.1]'],
  [
    '[64:ff9b::10.0.0.1]',
    '[2002:a00:1::]',
    '[2002:7f00:1::1]',
    '198.18.0.1',
    '192.0.2.1',
    '[2001:db8::1]',
    '240.0.0.1',
  ],
])('nothing that is not public is sent to, however it is spelt: %s and others', (...hosts) => {
  expect(hosts.filter(host => kindOf(`https://${host}/`) !== 'inside')).toEqual([])
})

test('no configuration opens what hands out credentials, or is everybody', () => {
  const hosts = ['169.254.169.254', '2852039166', '[fe80::1]', '[::ffff:a9fe:a9fe]', '[64:ff9b::169.254.169.254]']
  const others = ['[2002:a9fe:a9fe::]', '100.100.100.200', '168.63.129.16', '[fd00:ec2::254]', '224.0.0.1', '[ff02::1]']
  for (const host of [...hosts, ...others]) {
    expect([host, kindOf(`https://${host}/`)]).toEqual([host, 'link-local'])
    expect([host, kindOf(`https://${host}/`, allowing('0.0.0.0/0', '::/0'))]).toEqual([host, 'link-local'])
  }
})

test('public addresses are sent to, by https', () => {
  for (const host of [
    '8.8.8.8',
    '100.128.0.1',
    '[2606:4700::1111]',
    '[64:ff9b::8.8.8.8]',
    '[::ffff:8.8.8.8]',
    'example.com',
  ]) {
    expect([host, kindOf(`https://${host}/`)]).toEqual([host, undefined])
    expect([host, kindOf(`http://${host}/`)]).toEqual([host, 'http'])
  }
})

test('what is allowed is sent to, also by http, and nothing beside it', async () => {
  const allowed = allowing('10.1.0.0/16', 'fd00:1::/32', 'hooks.internal', '*.svc.local')
  for (const host of ['10.1.2.3', '[fd00:1::7]', 'hooks.internal', 'HOOKS.internal.', 'a.svc.local']) {
    expect([host, kindOf(`http://${host}/`, allowed)]).toEqual([host, undefined])
  }
  for (const host of ['10.2.0.1', '[fd00:2::7]']) expect(kindOf(`https://${host}/`, allowed)).toBe('inside')
  const policy = (...answer: string[]) => new AddressPolicy(allowed, resolving(answer))
  expect(await found(policy('192.168.0.9'), 'http://hooks.internal/')).toContain('192.168.0.9')
  expect(await found(policy('10.1.9.9'), 'http://elsewhere.example/')).toContain('10.1.9.9')
  expect(await found(policy('8.8.8.8'), 'http://elsewhere.example/')).toContain('by http')
  expect(await found(policy('192.168.0.9'), 'https://svc.local/')).toContain('notify.allow can allow it')
  expect(await found(policy('169.254.169.254'), 'http://hooks.internal/')).toContain('metadata')
})

test('one address of a name that is none to send to is one too many', async () => {
  const policy = new AddressPolicy([], resolving(['8.8.8.8', '10.0.0.1']))
  expect(await found(policy, 'https://mixed.example/')).toBe(
    'mixed.example leads to 10.0.0.1, which is not a public address; notify.allow can allow it',
  )
})

test('a name that leads inside makes no connection, and one that is allowed is connected to where it was looked at', async () => {
  let requests = 0
  const server = createServer((_, response) => {
    requests++
    response.end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const url = new URL(`http://rebinding.example:${port}/`)
  const request = { url, body: Buffer.from('{}'), headers: {}, readsAnswer: false }
  const send = (policy: AddressPolicy) => post(request, { ...httpToLoopback, policy }, new AbortController().signal)
  const closed = await send(new AddressPolicy(allowing('10.0.0.0/8'), resolving(['127.0.0.1'])))
  expect(closed).toEqual({ problem: expect.stringContaining('rebinding.example leads to 127.0.0.1') })
  expect(requests).toBe(0)
  // Asked once: the second answer would lead elsewhere.
  const open = await send(new AddressPolicy(allowing('127.0.0.1'), resolving(['127.0.0.1'], ['8.8.8.8'])))
  expect(open).toMatchObject({ status: 200 })
  expect(requests).toBe(1)
})

test.each([
  '10.0.0.0/33',
  '10.0.0.0/',
  '300.1.1.1',
  '127.1',
  'http://hooks.internal',
  'a b',
  '',
  '*',
  '*.',
  'hooks:80',
])('"%s" is no target', text => {
  expect(parseAllowedTarget(text)).toBeUndefined()
})
