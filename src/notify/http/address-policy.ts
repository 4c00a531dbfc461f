import { lookup as systemLookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/*
 * Where requests may go. Contact points come from files, but parts of them from the environment, and whoever may name one
 * must not reach what only this machine can: so a request goes to public addresses by https, and anywhere inside, or by http,
 * only where the configuration allows that target by name or address. Every address that a name leads to is looked at when a
 * connection is made, and the connection goes to one of those that were looked at.
 */

/** What the configuration allows beside public addresses: a network, an address, a host, or `*.` and a domain. */
export type AllowedTarget =
  | { readonly kind: 'network'; readonly address: string; readonly prefix: number }
  | { readonly kind: 'host'; readonly name: string }
  | { readonly kind: 'domain'; readonly suffix: string }

/** @returns undefined where the text is none of them. */
export function parseAllowedTarget(text: string): AllowedTarget | undefined {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = isIP(address)
  if (family !== 0) {
    const widest = family === 4 ? 32 : 128
    const prefix = bits === undefined ? widest : Number(bits)
    return prefix <= widest ? { kind: 'network', address, prefix } : undefined
  }
  const name = text.toLowerCase()
  // A number that is no address as people write them would be one for a URL: 127.1, 0x7f000001.
  if (!/^(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)*[a-z_]([a-z0-9_-]*[a-z0-9_])?$/.test(name)) return undefined
  return name.startsWith('*.') ? { kind: 'domain', suffix: name.slice(1) } : { kind: 'host', name }
}

/** One list for each family: a list with both takes an IPv4 address for the IPv6 address that it is mapped to. */
class Networks {
  readonly #lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  #size = 0

  constructor(networks: readonly string[] = []) {
    for (const network of networks) {
      const [address = '', prefix] = network.split('/')
      this.add(address, Number(prefix))
    }
  }

  get size(): number {
    return this.#size
  }

  add(address: string, prefix: number): void {
    const family = familyOf(address)
    this.#lists[family].addSubnet(address, prefix, family)
    this.#size++
  }

  has(address: string): boolean {
    const family = familyOf(address)
    return this.#lists[family].check(address, family)
  }
}

const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6')

/**
 * What answers for the machine itself and not for a service on it: link-local addresses, and the metadata services of clouds,
 * which hand out credentials. Nothing that is configured opens them.
 */
const never = new Networks([
  '169.254.0.0/16',
  'fe80::/10',
  // Metadata and agents outside of that range: of Alibaba Cloud, Azure, Oracle Cloud, AWS and Google Cloud.
  ...['100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32', 'fd00:ec2::254/128', 'fd20:ce::254/128'],
  // Everybody, and nobody in particular.
  ...['224.0.0.0/4', '255.255.255.255/32', 'ff00::/8'],
])

/** Not public: this machine, private networks, those of providers, and what is set aside. Source: IANA's special registries. */
const inside = new Networks([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  ...['192.0.0.0/24', '192.0.2.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '240.0.0.0/4'],
  // Of IPv6 only 2000::/3 is public, and of that not what is set aside.
  ...['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '3fff::/20'],
])

/** Addresses that carry an IPv4 address, which is what a connection may end at. */
const carriers: readonly { readonly list: Networks; readonly words: readonly [number, number] }[] = [
  // Mapped and compatible ones, NAT64, 6to4.
  { list: new Networks(['::ffff:0:0/96', '::/96', '64:ff9b::/96']), words: [6, 7] },
  { list: new Networks(['2002::/16']), words: [1, 2] },
]

/** Why nothing is sent to an address. */
export type AddressProblem = { readonly kind: 'link-local' | 'inside' | 'http'; readonly text: string }

export class AddressPolicy {
  readonly #networks = new Networks()
  readonly #hosts: ReadonlySet<string>
  readonly #domains: readonly string[]
  readonly #lookup: typeof systemLookup

  /** @param lookup resolves names; the system's by default. */
  constructor(allowed: readonly AllowedTarget[], lookup: typeof systemLookup = systemLookup) {
    for (const target of allowed) {
      if (target.kind !== 'network') continue
      this.#networks.add(target.address, target.prefix)
    }
    this.#hosts = new Set(allowed.flatMap(target => (target.kind === 'host' ? [target.name] : [])))
    this.#domains = allowed.flatMap(target => (target.kind === 'domain' ? [target.suffix] : []))
    this.#lookup = lookup
  }

  /** What can be said before a name is resolved. @returns undefined: nothing is against it. */
  problemOf(url: URL): AddressProblem | undefined {
    const host = hostOf(url)
    if (isIP(host) !== 0) return this.#addressProblem(url, host)
    const mayBeAllowed = this.#isNamed(host) || this.#networks.size > 0
    return url.protocol === 'http:' && !mayBeAllowed ? byHttp(host) : undefined
  }

  /** Resolves the host of a URL for a connection, and fails where one of its addresses is none to connect to. */
  lookupFor(url: URL): LookupFunction {
    return (hostname, options, callback) => {
      this.#lookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, [])
        const [first] = addresses
        const problem = addresses
          .map(({ address }) => this.#addressProblem(url, address))
          .find(one => one !== undefined)
        if (problem !== undefined) return callback(new Error(problem.text), [])
        if (first === undefined) return callback(new Error(`${hostname} has no address`), [])
        if (options.all === true) callback(null, addresses)
        else callback(null, first.address, first.family)
      })
    }
  }

  #addressProblem(url: URL, address: string): AddressProblem | undefined {
    const host = hostOf(url)
    const leads = host === address ? address : `${host} leads to ${address}, which`
    const looked = carriedBy(address)
    if (looked.some(one => never.has(one))) {
      const text = `${leads} is link-local or a cloud's metadata service, where nothing is sent`
      return { kind: 'link-local', text }
    }
    if (this.#isNamed(host) || looked.every(one => this.#networks.has(one))) return undefined
    if (looked.some(one => inside.has(one))) {
      return { kind: 'inside', text: `${leads} is not a public address; notify.allow can allow it` }
    }
    return url.protocol === 'http:' ? byHttp(host) : undefined
  }

  #isNamed(host: string): boolean {
    return this.#hosts.has(host) || this.#domains.some(suffix => host.endsWith(suffix))
  }
}

const byHttp = (host: string): AddressProblem => ({
  kind: 'http',
  text: `nothing is sent to ${host} by http, which everybody on the way can read; use https, or allow it in notify.allow`,
})

/** Without the brackets of an IPv6 address and the dot at the end that a name may have. */
const hostOf = ({ hostname }: URL): string =>
  hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase()

/** The address, and the IPv4 address that it carries; of a carrier the latter alone counts. */
function carriedBy(address: string): readonly string[] {
  if (isIP(address) !== 6) return [address]
  const carrier = carriers.find(({ list }) => list.has(address))
  if (carrier === undefined) return [address]
  const [high = 0, low = 0] = carrier.words.map(word => wordsOf(address)[word])
  const carried = [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
  // ::1 and :: lie in the range of those that are compatible.
  return high === 0 && low <= 1 ? ['127.0.0.1'] : [carried]
}

/** The eight words of an IPv6 address, in whatever form it is written. */
function wordsOf(address: string): number[] {
  const plain = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1)
  const [head = '', tail] = plain.split('::')
  const words = (text: string) => (text === '' ? [] : text.split(':').map(word => Number.parseInt(word, 16)))
  if (tail === undefined) return words(head)
  const [before, after] = [words(head), words(tail)]
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}
