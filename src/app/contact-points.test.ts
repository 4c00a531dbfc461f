// biome-ignore-all lint/suspicious/noTemplateCurlyInString: contact points refer to secrets by ${…}
import { expect, test } from 'vitest'
import { soundProcess } from '../../test/support/mistaken-process.ts'
import { loadDefinitions } from '../model/load.ts'
import { formatProblem } from '../model/problem.ts'
import type { MailServer } from '../notify/channels/email.ts'
import { resolveContactPoints } from './contact-points.ts'
import { Mistakes } from './mistakes.ts'

const common = { language: 'en', perMinute: undefined }
const key = Buffer.alloc(32, 3)
const environment: Record<string, string> = {
  TOKEN: 'T-0K3N',
  NO_ADDRESS: 'hush hush',
  FTP: 'ftp://hush',
  METADATA: 'http://169.254.169.254/',
  SHORT: 'whsec_c2hvcnQ=',
  INSIDE: 'https://2130706433/hush',
  PLAIN: 'http://a.example/hush',
  EMPTY: '',
}
const referencesFrom = (file: string) => ({
  env: (name: string) => environment[name],
  readFile: (path: string) => {
    if (path === 'hook.key') return `whsec_${key.toString('base64')}\n`
    throw new Error(`ENOENT: ${path} beside ${file}`)
  },
})

function resolve(contactPoints: string, email?: MailServer) {
  const text = `ops:\n  title: Operations\n  contact_points:\n${contactPoints}`
  const { definitions, problems } = loadDefinitions([
    { name: 'p.yaml', text: soundProcess },
    { name: 'rules/owners.yaml', text },
  ])
  if (definitions === undefined) throw new Error(JSON.stringify(problems))
  return resolveContactPoints(definitions.owners, { allow: [], email, referencesFrom })
}

test('references are filled in where the program starts', () => {
  const resolved = resolve(
    '    - {webhook: "https://a.example/${env:TOKEN}", secret: "${file:hook.key}", name: pager}\n',
  )
  expect([...resolved]).toEqual([
    ['ops/pager', { ...common, kind: 'webhook', url: new URL('https://a.example/T-0K3N'), key, format: 'cloudevents' }],
  ])
})

test.each([
  ['${env:NONE}', '', 'the environment variable NONE is not set; set it before the start: export NONE=…'],
  [
    '${env:NO_ADDRESS}',
    '',
    '"webhook" must be an address such as https://example.com/hook, not what ${env:NO_ADDRESS} stands for',
  ],
  ['${env:FTP}', '', '"webhook" must be an address such as https://example.com/hook, not what ${env:FTP} stands for'],
  [
    '${env:METADATA}',
    '',
    '"webhook" leads where no message is sent: a link-local address, or the metadata service of a cloud',
  ],
  [
    '${env:INSIDE}',
    '',
    '"webhook" leads where no message is sent: an address that is not public; use https and a public address, or allow the target in stagewatch.yaml: notify: {allow: [10.0.0.0/8, hooks.internal]}',
  ],
  [
    '${env:PLAIN}',
    '',
    '"webhook" leads where no message is sent: by http everybody on the way can read it; use https and a public address, or allow the target in stagewatch.yaml: notify: {allow: [10.0.0.0/8, hooks.internal]}',
  ],
  [
    'https://a.example',
    '${env:SHORT}',
    '"secret" must be whsec_ and 24 to 64 bytes in base64, not what ${env:SHORT} stands for; make one: echo "whsec_$(openssl rand -base64 32)"',
  ],
  [
    'https://a.example',
    '${file:no.key}',
    expect.stringContaining('the file no.key cannot be read (ENOENT: no.key beside rules/owners.yaml)'),
  ],
])(
  '%s with the secret "%s" stops the start, at its place and without a word of what it stands for',
  (url, secret, message) => {
    const written = secret === '' ? '' : `, secret: "${secret}"`
    try {
      resolve(`    - {webhook: https://b.example}\n    - {webhook: "${url}"${written}}\n`)
      expect.fail('it was taken')
    } catch (error) {
      if (!(error instanceof Mistakes)) throw error
      const told = error.problems.map(problem => formatProblem(problem, 'en'))
      expect(told).toEqual([expect.stringMatching(/^rules\/owners\.yaml:5:7 error /)])
      expect(told[0]?.replace('rules/owners.yaml:5:7 error ', '')).toEqual(message)
      expect(told[0]).not.toContain('hush')
    }
  },
)

test('each channel is resolved to what it is sent by', () => {
  const server: MailServer = {
    host: 'mail.example',
    port: 587,
    tls: 'required',
    user: undefined,
    password: undefined,
    from: 'stagewatch@example.com',
  }
  const contactPoints = `
    - {slack: "https://hooks.slack.com/services/\${env:TOKEN}", per_minute: 30}
    - {feishu: "https://open.feishu.cn/hook/\${env:TOKEN}", secret: "\${env:TOKEN}", language: zh}
    - {pagerduty: "\${env:TOKEN}"}
    - {email: a@b.example}
`
  const url = (text: string) => new URL(text)
  expect(Object.fromEntries(resolve(contactPoints, server))).toEqual({
    'ops/slack': { ...common, perMinute: 30, kind: 'slack', url: url('https://hooks.slack.com/services/T-0K3N') },
    'ops/feishu': {
      ...common,
      language: 'zh',
      kind: 'feishu',
      url: url('https://open.feishu.cn/hook/T-0K3N'),
      secret: 'T-0K3N',
    },
    'ops/pagerduty': {
      ...common,
      kind: 'pagerduty',
      url: url('https://events.pagerduty.com/v2/enqueue'),
      routingKey: 'T-0K3N',
    },
    'ops/email': { ...common, kind: 'email', to: ['a@b.example'] },
  })
})

test.each([
  [
    'email: a@b.example',
    'no mail server is configured that could send to it; set notify.email in stagewatch.yaml: {host: …, from: …}',
  ],
  ['pagerduty: "${env:EMPTY}"', '"pagerduty" stands for an empty text'],
])('%s stops the start where it cannot work', (written, message) => {
  try {
    resolve(`    - ${written}\n`)
    expect.fail('it was taken')
  } catch (error) {
    if (!(error instanceof Mistakes)) throw error
    expect(error.problems.map(problem => formatProblem(problem, 'en'))).toEqual([
      `rules/owners.yaml:4:7 error ${message}`,
    ])
  }
})
