import { type LookupAddress, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/*
 * Where no webhook goes, whatever its host name resolves to: addresses that answer for the machine itself and not for a
 * service on it, the metadata services of clouds above all, which hand out credentials. Private networks and loopback are
 * allowed: that is where the receivers of most companies are, and contact points come from a file that only those who run
 * Stagewatch can write, never from a request.
 */
const forbidden = new BlockList()
forbidden.addSubnet('169.254.0.0', 16, 'ipv4')
forbidden.addSubnet('fe80::', 10, 'ipv6')
/** Metadata and agents that lie outside of the link-local range: of Alibaba Cloud, Azure, Oracle Cloud, AWS and Google Cloud. */
for (const address of ['100.100.100.200', '168.63.129.16', '192.0.0.192']) forbidden.addAddress(address, 'ipv4')
for (const address of ['fd00:ec2::254', 'fd20:ce::254']) forbidden.addAddress(address, 'ipv6')

/** @param address an IPv4 or IPv6 address; in brackets, as in a URL, is the same. A host name is none. */
export function isForbiddenAddress(address: string): boolean {
  const plain = address.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(plain)
  return family !== 0 && forbidden.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}

/** Resolves a host name for a connection, and fails where it leads to a forbidden address: looked at when it is used. */
export const lookupAllowed: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, options, (error, address: string | LookupAddress[], family) => {
    const addresses = typeof address === 'string' ? [address] : (address ?? []).map(found => found.address)
    const wrong = addresses.find(isForbiddenAddress)
    if (error === null && wrong !== undefined) callback(forbiddenError(hostname, wrong), address, family)
    else callback(error, address, family)
  })
}

const forbiddenError = (hostname: string, address: string): NodeJS.ErrnoException =>
  new Error(`${hostname} leads to ${address}, where no message is sent: it is link-local or a cloud's metadata service`)
