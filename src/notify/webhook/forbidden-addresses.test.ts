import { expect, test } from 'vitest'
import { isForbiddenAddress, lookupAllowed } from './forbidden-addresses.ts'

test.each([
  '169.254.169.254',
  '169.254.0.1',
  '100.100.100.200',
  'fe80::1',
  '[fe80::1]',
  'fd00:ec2::254',
  '::ffff:169.254.169.254',
  '[::ffff:a9fe:a9fe]',
  new URL('http://2852039166/').hostname,
])('nothing is sent to %s', address => {
  expect(isForbiddenAddress(address)).toBe(true)
})

test.each(['127.0.0.1', '10.0.0.1', '192.168.1.1', '::1', '100.100.100.201', 'example.com', '[fd00::1]'])(
  'receivers may be at %s',
  address => {
    expect(isForbiddenAddress(address)).toBe(false)
  },
)

test('a name is looked at where it leads to when it is used', async () => {
  const found = await new Promise(resolve => {
    lookupAllowed('localhost', { all: true }, (error, address) => resolve(error ?? address))
  })
  expect(found).toContainEqual({ address: '127.0.0.1', family: 4 })
  const refused = await new Promise(resolve => {
    lookupAllowed('169.254.169.254', { all: true }, error => resolve(error))
  })
  expect(refused).toEqual(
    new Error(
      "169.254.169.254 leads to 169.254.169.254, where no message is sent: it is link-local or a cloud's metadata service",
    ),
  )
})
