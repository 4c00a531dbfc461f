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
    { ...common, name: 'webhook', url: 'https://a.example/hook', secret: undefined, position: at(4) },
    { ...common, name: 'pager', url: '${env:HOOK}', secret: '${file:hook.key}', position: at(5) },
    { ...common, name: 'webhook-2', url: 'http://b.example/${env:TOKEN}', secret: undefined, position: at(6) },
  ])
})

const common = { kind: 'webhook', format: 'cloudevents', language: 'en', perMinute: undefined }

const at = (line: number) => ({ file: 'owners.yaml', line, column: 7 })

test('each channel is told by its key, and named by it', () => {
  const text = owner(`    - {webhook: https://a.example, format: alertmanager, language: zh, per_minute: 30}
    - {slack: "https://hooks.slack.com/services/\${env:SLACK}"}
    - {feishu: "\${env:FEISHU}", secret: "\${env:SIGN}", language: zh}
    - {dingtalk: "https://oapi.dingtalk.com/robot/send?access_token=\${env:DING}"}
    - {wecom: "\${file:wecom.url}", name: night}
    - {pagerduty: "\${env:KEY}", per_minute: 120}
    - {email: a@b.example}
    - {email: [a@b.example, c@d.example], language: zh}
    - task: https://jira.example/rest/api/2
      authorization: "Bearer \${env:JIRA}"
      headers: {X-Team: ops}
      create: {path: /issue, body: {fields: {summary: "{{ title }}", labels: [1, "{{episode}}"]}}, id: issue.key}
      close: {method: PUT, path: "/issue/{{ id }}", body: {done: true}}
`)
  const { definitions, problems } = loadDefinitions([
    { name: 'p.yaml', text: soundProcess },
    { name: 'owners.yaml', text },
  ])
  expect(problems).toEqual([])
  const found = definitions?.owners.get('ops')?.contactPoints.map(({ position: _, ...contactPoint }) => contactPoint)
  const en = { language: 'en', perMinute: undefined }
  const zh = { ...en, language: 'zh' }
  expect(found).toEqual([
    {
      ...zh,
      perMinute: 30,
      kind: 'webhook',
      name: 'webhook',
      url: 'https://a.example',
      secret: undefined,
      format: 'alertmanager',
    },
    { ...en, kind: 'slack', name: 'slack', url: 'https://hooks.slack.com/services/${env:SLACK}' },
    { ...zh, kind: 'feishu', name: 'feishu', url: '${env:FEISHU}', secret: '${env:SIGN}' },
    {
      ...en,
      kind: 'dingtalk',
      name: 'dingtalk',
      url: 'https://oapi.dingtalk.com/robot/send?access_token=${env:DING}',
      secret: undefined,
    },
    { ...en, kind: 'wecom', name: 'night', url: '${file:wecom.url}' },
    { ...en, perMinute: 120, kind: 'pagerduty', name: 'pagerduty', routingKey: '${env:KEY}', url: undefined },
    { ...en, kind: 'email', name: 'email', to: ['a@b.example'] },
    { ...zh, kind: 'email', name: 'email-2', to: ['a@b.example', 'c@d.example'] },
    {
      ...en,
      kind: 'task',
      name: 'task',
      url: 'https://jira.example/rest/api/2',
      authorization: 'Bearer ${env:JIRA}',
      headers: { 'X-Team': 'ops' },
      create: {
        method: 'POST',
        path: '/issue',
        body: { fields: { summary: '{{ title }}', labels: [1, '{{episode}}'] } },
        id: ['issue', 'key'],
      },
      update: undefined,
      close: { method: 'PUT', path: '/issue/{{ id }}', body: { done: true } },
    },
  ])
})

test.each([
  [
    'a text, as it was once',
    '    - mailto:ops@example.com\n',
    'owners.yaml:4:7 error item 1 of "contact_points" must be a mapping with one of the keys webhook, slack, feishu, dingtalk, wecom, pagerduty, email, task, not "mailto:ops@example.com"',
    'owners.yaml:4:7 错误 "contact_points" 的第 1 项应为包含 webhook、slack、feishu、dingtalk、wecom、pagerduty、email、task 之一的映射，而不是 "mailto:ops@example.com"',
  ],
  [
    'two channels in one',
    '    - {webhook: https://a, slack: "${env:B}"}\n',
    'owners.yaml:4:28 error "webhook" and "slack" cannot stand in one mapping; write an item of the list for each',
    'owners.yaml:4:28 错误 "webhook" 与 "slack" 不能写在同一个映射中；请在列表中各写一项',
  ],
  [
    'a channel with a slip of the pen, of which nothing else can be said',
    '    - {slak: https://a, name: 1}\n',
    'owners.yaml:4:8 error unknown key "slak"; did you mean "slack"?',
    'owners.yaml:4:8 错误 未知的键 "slak"；是否想写 "slack"？',
  ],
  [
    'a channel that there is not',
    '    - {carrier_pigeon: coop}\n',
    'owners.yaml:4:8 error unknown key "carrier_pigeon"; there is: webhook, slack, feishu, dingtalk, wecom, pagerduty, email, task',
    'owners.yaml:4:8 错误 未知的键 "carrier_pigeon"；可用：webhook, slack, feishu, dingtalk, wecom, pagerduty, email, task',
  ],
  [
    'what another channel may have',
    '    - {wecom: "${env:A}", secret: "${env:B}"}\n',
    'owners.yaml:4:27 error unknown key "secret"; there is: wecom, name, member, language',
    'owners.yaml:4:27 错误 未知的键 "secret"；可用：wecom, name, member, language',
  ],
  [
    'the address of a bot that stands there openly',
    '    - feishu: https://open.feishu.cn/open-apis/bot/v2/hook/hush\n',
    'owners.yaml:4:15 error "feishu" must be an address with a reference in place of its secret part, https://…/${env:NAME}, not a text that everybody who has the file can read',
    'owners.yaml:4:15 错误 "feishu" 应为机密部分使用引用的地址，https://…/${env:NAME}，而不是任何拿到文件的人都能读到的文本',
  ],
  [
    'a language that it does not speak',
    '    - {email: a@b.example, language: de}\n',
    'owners.yaml:4:38 error "language" must be one of en, zh, not "de"',
    'owners.yaml:4:38 错误 "language" 应为 en、zh 之一，而不是 "de"',
  ],
  [
    'a place of a task that nothing can take',
    '    - task: https://a\n      create: {id: key, body: {text: "now {{ titel }}"}}\n',
    'owners.yaml:5:43 error nothing can be put into {{ titel }}; did you mean "title"?',
    'owners.yaml:5:43 错误 没有可填入 {{ titel }} 的内容；是否想写 "title"？',
  ],
  [
    'the id of a task that is not there yet',
    '    - task: https://a\n      create: {id: key, path: "/{{ id }}", body: {}}\n',
    expect.stringContaining('owners.yaml:5:33 error nothing can be put into {{ id }}; there is: title, text,'),
    expect.stringContaining('owners.yaml:5:33 错误 没有可填入 {{ id }} 的内容；可用：title, text,'),
  ],
  [
    'an authorization that stands there openly',
    '    - {task: https://a, authorization: Bearer hush, create: {id: key, body: {}}}\n',
    'owners.yaml:4:40 error "authorization" must be a text with a reference in place of the secret, Bearer ${env:NAME}, not a text that everybody who has the file can read',
    'owners.yaml:4:40 错误 "authorization" 应为机密部分使用引用的文本，Bearer ${env:NAME}，而不是任何拿到文件的人都能读到的文本',
  ],
  [
    'no mail address',
    '    - email: [a@b.example, nobody]\n',
    'owners.yaml:4:28 error item 2 of "email" must be a mail address such as ops@example.com, not "nobody"',
    'owners.yaml:4:28 错误 "email" 的第 2 项应为邮件地址，例如 ops@example.com，而不是 "nobody"',
  ],
  [
    'a language where all are spoken',
    '    - {webhook: https://a, language: zh}\n',
    'owners.yaml:4:28 error "language" says nothing where "format" is cloudevents: such a message has its texts in every language; leave it out',
    'owners.yaml:4:28 错误 "format" 为 cloudevents 时 "language" 不起作用：消息中包含所有语言的文本；请删除',
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
