// biome-ignore-all lint/suspicious/noTemplateCurlyInString: secrets are referred to by ${…}
import { expect, test } from 'vitest'
import { soundProcess, told } from '../../test/support/mistaken-process.ts'
import { loadDefinitions } from './load.ts'

const owner = (contactPoints: string) => `ops:\n  title: Operations\n  contact_points:\n${contactPoints}`

test('the contact points of an owner have names of their own, and refer to secrets as written', () => {
  const text = owner(`    - webhook: https://a.example/hook
    - {webhook: "\${env:HOOK}", secret: "\${file:hook.key}", name: pager}
    - webhook: http://b.example/\${env:TOKEN}
`)
  const { definitions, problems } = loadDefinitions([
    { name: 'p.yaml', text: soundProcess },
    { name: 'owners.yaml', text },
  ])
  expect(problems).toEqual([])
  expect(definitions?.owners.get('ops')?.contactPoints).toEqual([
    { kind: 'webhook', name: 'webhook', url: 'https://a.example/hook', secret: undefined, position: at(4) },
    { kind: 'webhook', name: 'pager', url: '${env:HOOK}', secret: '${file:hook.key}', position: at(5) },
    { kind: 'webhook', name: 'webhook-2', url: 'http://b.example/${env:TOKEN}', secret: undefined, position: at(6) },
  ])
})

const at = (line: number) => ({ file: 'owners.yaml', line, column: 7 })

test.each([
  [
    'a text, as it was once',
    '    - mailto:ops@example.com\n',
    'owners.yaml:4:7 error item 1 of "contact_points" must be a mapping with the keys webhook, secret, name, not "mailto:ops@example.com"',
    'owners.yaml:4:7 错误 "contact_points" 的第 1 项应为包含 webhook、secret、name 等键的映射，而不是 "mailto:ops@example.com"',
  ],
  [
    'a channel that will come',
    '    - {webhook: https://a, slack: b}\n',
    'owners.yaml:4:28 error "slack" is not built yet; leave it out',
    'owners.yaml:4:28 错误 "slack" 尚未实现；请删除',
  ],
  [
    'a slip of the pen',
    '    - {webhook: https://a, secert: b}\n',
    'owners.yaml:4:28 error unknown key "secert"; did you mean "secret"?',
    'owners.yaml:4:28 错误 未知的键 "secert"；是否想写 "secret"？',
  ],
  [
    'an address that is none',
    '    - webhook: ops.example.com\n',
    'owners.yaml:4:16 error "webhook" must be an address such as https://example.com/hook, parts of which may be ${env:NAME}, not "ops.example.com"',
    'owners.yaml:4:16 错误 "webhook" 应为地址，例如 https://example.com/hook，其中可以使用 ${env:NAME}，而不是 "ops.example.com"',
  ],
  [
    'a secret that stands there openly, which is not repeated',
    '    - {webhook: https://a, secret: whsec_abc}\n',
    'owners.yaml:4:36 error "secret" must be a reference, ${env:NAME} or ${file:path}, not a text that everybody who has the file can read',
    'owners.yaml:4:36 错误 "secret" 应为引用 ${env:NAME} 或 ${file:path}，而不是任何拿到文件的人都能读到的文本',
  ],
  [
    'the name of another one',
    '    - {webhook: https://a, name: x}\n    - {webhook: https://b, name: x}\n',
    'owners.yaml:5:7 error "ops" has a contact point "x" already; give it a "name" of its own',
    'owners.yaml:5:7 错误 "ops" 已有联系方式 "x"；请用 "name" 另取名称',
  ],
])('of contact points this is told: %s', (_what, contactPoints, en, zh) => {
  expect(told([], 'en', owner(contactPoints))).toEqual([en])
  expect(told([], 'zh', owner(contactPoints))).toEqual([zh])
})
