// biome-ignore-all lint/suspicious/noTemplateCurlyInString: configurations refer to secrets by ${…}
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { tokenHash } from '../gateway/access/static-tokens.ts'
import { formatProblem } from '../model/problem.ts'
import { shownBrokers } from './config/kafka.ts'
import { loadConfig } from './config.ts'
import { Mistakes } from './mistakes.ts'

const environment: Record<string, string> = {
  PASSWORD: 'pa:ss #1',
  BROKERS: 'a:9092, b:9092',
  EMPTY: '',
  TOKEN: 't'.repeat(32),
}
const files: Record<string, string> = { 'ca.pem': '-----BEGIN CERTIFICATE-----\n', secret: 'hush-hush\n' }
const references = {
  env: (name: string) => environment[name],
  readFile: (path: string) => {
    const text = files[path]
    if (text === undefined) throw new Error(`ENOENT: ${path}`)
    return text
  },
}

const load = (text: string) => loadConfig(text, 'conf/stagewatch.yaml', references)

function mistakesOf(text: string): string[] {
  try {
    load(text)
  } catch (error) {
    if (error instanceof Mistakes) return error.problems.map(problem => formatProblem(problem, 'en'))
    throw error
  }
  return []
}

const brokers = 'kafka: {brokers: [a:9092]}\n'

test('what stands before the host of a broker is shown to nobody', () => {
  const { kafka } = load('kafka: {brokers: ["me:p@ss@a:9092", b:9092]}\n')
  expect(kafka && shownBrokers(kafka)).toEqual(['a:9092', 'b:9092'])
})

test('a configuration that names only its brokers has the defaults', () => {
  expect(load(brokers)).toEqual({
    http: {
      host: '127.0.0.1',
      port: 8080,
      origins: [],
      proxies: [],
      limits: { failedSignInsPerMinute: 30, streamsOfVisitor: 50, streamsOfAddress: 200 },
      metricsAt: undefined,
      signIn: undefined,
    },
    data: resolve('conf/data'),
    rules: resolve('conf/rules'),
    kafka: {
      client: 'kafkajs',
      brokers: ['a:9092'],
      clientId: 'stagewatch',
      ssl: false,
      sasl: undefined,
      positions: {
        startFrom: { kind: 'earliest' },
        startFromText: 'earliest',
        onGap: 'refuse',
        onNewTopic: 'refuse',
      },
    },
    store: { kind: 'embedded', keeping: { visits: { keep: 'all' }, days: {}, events: false } },
    notify: {
      giveUpAfterMs: 86_400_000,
      timeLimitMs: 15_000,
      atOnce: 4,
      allow: [],
      page: undefined,
      email: undefined,
      alertmanager: undefined,
    },
    log: { level: 'info' },
    snapshots: { in: 'directory', everyMs: 10_000 },
    workers: 0,
  })
})

test('without Kafka events come by HTTP only; which topics take them may be said', () => {
  expect(load('data: x')).toMatchObject({ kafka: undefined, ingest: undefined })
  expect(load(`${brokers}http: {ingest: {topics: [orders.events]}}`).ingest).toEqual(['orders.events'])
})

test('every setting arrives', () => {
  const config = load(`
http:
  host: 0.0.0.0
  port: 80
  origins: [https://ops.example.com]
  proxies: [10.0.0.0/8, "fd00::1"]
  limits: {failed_sign_ins: 5, streams_per_visitor: 6, streams_per_address: 7}
  metrics: {port: 9464}
  sign_in:
    tokens:
      - {name: bot, role: responder, owners: [warehouse-ops], sha256: "${'0f'.repeat(32)}"}
      - {name: admin, role: admin, token: "\${env:TOKEN}"}
    oidc:
      issuer: https://id.example.com
      client_id: stagewatch
      client_secret: "\${env:PASSWORD}"
      scopes: [openid, groups]
      audience: stagewatch-api
      roles: {claim: groups, values: {ops: responder, leads: steward}}
      owners_claim: teams
      name_claim: email
    sessions: {idle: 1h, longest: 12h}
data: /var/lib/stagewatch
rules: ../rules
kafka:
  client: node-rdkafka
  brokers: \${env:BROKERS}
  client_id: watch
  ssl: {ca: "\${file:ca.pem}"}
  sasl: {mechanism: scram-sha-512, username: u, password: "\${env:PASSWORD}"}
  start_from: -7d
  on_gap: skip
  on_new_topic: start_anew
  dead_letters: {topic: orders.dead}
  schema_registry: {url: "https://r:8081/apis/ccompat/v7", username: u, password: "\${env:PASSWORD}", ssl: {ca: "\${file:ca.pem}"}}
store:
  kind: server
  url: https://ch:8443
  user: u
  password: "x-\${file:secret}-\${env:EMPTY}"
  database: d
  ssl: {ca: "\${file:ca.pem}"}
  reader: {user: r, password: "\${env:PASSWORD}"}
  visits: {sample: 0.01, slow: 4h}
  events: true
  keep: {visits: 400d, panes: 90d, alerts: 2w}
notify:
  give_up_after: 2h
  time_limit: 30s
  at_once: 1
  allow: [10.0.0.0/8, hooks.internal, "*.svc.local"]
  page: https://stagewatch.example.com
  alertmanager: {members: [http://am-1.svc.local:9093, https://am.example.com], language: zh}
  email: {host: mail.example.com, user: watch, password: "\${env:PASSWORD}", from: Stagewatch <watch@example.com>}
log: {level: debug}
snapshots: {every: 1m30s, in: clickhouse}
`)
  expect(config).toEqual({
    http: {
      host: '0.0.0.0',
      port: 80,
      origins: ['https://ops.example.com'],
      proxies: [
        { kind: 'network', address: '10.0.0.0', prefix: 8 },
        { kind: 'network', address: 'fd00::1', prefix: 128 },
      ],
      limits: { failedSignInsPerMinute: 5, streamsOfVisitor: 6, streamsOfAddress: 7 },
      metricsAt: { host: '127.0.0.1', port: 9464 },
      signIn: {
        tokens: [
          {
            name: 'bot',
            role: 'responder',
            owners: new Set(['warehouse-ops']),
            sha256: Buffer.from('0f'.repeat(32), 'hex'),
          },
          { name: 'admin', role: 'admin', owners: undefined, sha256: tokenHash(environment.TOKEN ?? '') },
        ],
        oidc: {
          address: 'https://id.example.com',
          audience: 'stagewatch-api',
          claims: {
            nameClaim: 'email',
            roleClaim: 'groups',
            roleOf: new Map([
              ['ops', 'responder'],
              ['leads', 'steward'],
            ]),
            ownersClaim: 'teams',
          },
          people: {
            clientId: 'stagewatch',
            clientSecret: 'pa:ss #1',
            scopes: ['openid', 'groups'],
            redirectUri: 'https://stagewatch.example.com/api/v1/session/issuer/callback',
          },
        },
        sessions: { idleMs: 3_600_000, absoluteMs: 43_200_000 },
      },
    },
    data: '/var/lib/stagewatch',
    rules: resolve('rules'),
    kafka: {
      client: 'node-rdkafka',
      brokers: ['a:9092', 'b:9092'],
      clientId: 'watch',
      ssl: { ca: '-----BEGIN CERTIFICATE-----' },
      sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'pa:ss #1' },
      positions: {
        startFrom: { kind: 'before', ms: 604_800_000 },
        startFromText: '-7d',
        onGap: 'skip',
        onNewTopic: 'start_anew',
      },
      deadLetters: { topic: 'orders.dead' },
      schemaRegistry: {
        url: 'https://r:8081/apis/ccompat/v7',
        username: 'u',
        password: 'pa:ss #1',
        tls: { ca: '-----BEGIN CERTIFICATE-----' },
      },
    },
    store: {
      kind: 'server',
      url: 'https://ch:8443',
      user: 'u',
      password: 'x-hush-hush-',
      database: 'd',
      tls: { ca: '-----BEGIN CERTIFICATE-----' },
      reader: { user: 'r', password: 'pa:ss #1' },
      keeping: {
        visits: { keep: 'notable', sample: 0.01, slowMs: 14_400_000 },
        days: { visits: 400, panes: 90, measure_panes: 90, alert_transitions: 14, evaluations: 14 },
        events: true,
      },
    },
    notify: {
      giveUpAfterMs: 7_200_000,
      timeLimitMs: 30_000,
      atOnce: 1,
      allow: [
        { kind: 'network', address: '10.0.0.0', prefix: 8 },
        { kind: 'host', name: 'hooks.internal' },
        { kind: 'domain', suffix: '.svc.local' },
      ],
      page: 'https://stagewatch.example.com',
      email: {
        host: 'mail.example.com',
        port: 587,
        tls: 'required',
        user: 'watch',
        password: 'pa:ss #1',
        from: 'Stagewatch <watch@example.com>',
      },
      alertmanager: {
        members: [new URL('http://am-1.svc.local:9093'), new URL('https://am.example.com')],
        language: 'zh',
      },
    },
    log: { level: 'debug' },
    snapshots: { in: 'clickhouse', everyMs: 90_000 },
    workers: 0,
  })
})

test.each(['a b', '..', 'x'.repeat(250)])('%s is no name of a topic for dead letters', topic => {
  expect(mistakesOf(`kafka: {brokers: [a:9092], dead_letters: {topic: "${topic}"}}\n`)).toEqual([
    expect.stringContaining('"topic" must be a topic, of letters, digits, ".", "_" and "-"'),
  ])
})

test.each(['schemas:8081', 'ftp://r', 'http://me:secret@r:8081'])('%s is no address of a registry', url => {
  const problems = mistakesOf(`kafka: {brokers: [a:9092], schema_registry: {url: "${url}"}}\n`)
  expect(problems).toEqual([expect.stringContaining('"url" must be an address without credentials')])
})

test('ssl: true takes the certificates that Node knows, ssl: false none', () => {
  expect(load('kafka: {brokers: [a:9092], ssl: true}').kafka?.ssl).toEqual({})
  expect(load('kafka: {brokers: [a:9092], ssl: false}').kafka?.ssl).toBe(false)
})

test('all mistakes are told at once, each with its place and what was probably meant', () => {
  expect(
    mistakesOf(`htpp: {port: 1}
kafka:
  brokres: [a:9092]
  sasl: {mechanism: kerberos, username: u, password: "\${env:PASSWORD}"}
log: {level: loud}
http: {port: 99999}
snapshots: {every: 10}
`),
  ).toEqual([
    'conf/stagewatch.yaml:1:1 error unknown key "htpp"; did you mean "http"?',
    expect.stringMatching(/^conf\/stagewatch.yaml:2:1 error "brokers" is missing; /),
    'conf/stagewatch.yaml:3:3 error unknown key "brokres"; did you mean "brokers"?',
    expect.stringMatching(/^conf\/stagewatch.yaml:4:21 error "mechanism" must be one of plain, /),
    expect.stringMatching(/^conf\/stagewatch.yaml:5:14 error "level" must be one of debug, info, /),
    expect.stringMatching(/^conf\/stagewatch.yaml:6:14 error "port" must be a whole number from 1 to 65535/),
    expect.stringMatching(/^conf\/stagewatch.yaml:7:20 error "every" must be a duration /),
  ])
})

test.each([
  ['an empty file', '', 'the file is empty'],
  ['threads without Kafka', 'workers: 2', '"workers" must be 0 without "kafka"'],
  ['no list of topics', 'http: {ingest: {topics: orders}}', '"topics" must be a list of topics'],
  [
    'threads with a client that has none',
    'kafka: {brokers: [a:9092], client: node-rdkafka}\nworkers: 2',
    'works only in the main thread of a process',
  ],
  ['a broken file', 'kafka: {brokers: [', 'no valid YAML'],
  ['a broker without a port', 'kafka: {brokers: [a]}', 'a broker such as kafka-1:9092'],
  [
    'a beginning that is none',
    `kafka: {brokers: [a:9092], start_from: yesterday}`,
    'must be earliest, latest, an instant',
  ],
  [
    'an instant without an offset',
    `kafka: {brokers: [a:9092], start_from: 2026-11-01T00:00:00}`,
    'such as 2026-11-01T00:00:00Z',
  ],
  ['snapshots too often', `${brokers}snapshots: {every: 10ms}`, 'must lie between 1s and 1h'],
  ['no time to answer', `${brokers}notify: {time_limit: 5ms}`, '"time_limit" must lie between 1s and 2m, not 5ms'],
  [
    'a target that is none',
    `${brokers}notify: {allow: [10.0.0.0/99]}`,
    '"10.0.0.0/99" is neither a network nor an address nor the name of a host; write 10.0.0.0/8',
  ],
  [
    'a page that is no address',
    `${brokers}notify: {page: stagewatch}`,
    '"page" must be the address of the page as people reach it',
  ],
  [
    'an Alertmanager that nothing may be sent to',
    `${brokers}notify: {alertmanager: {members: [http://10.0.0.1:9093]}}`,
    'nothing may be sent there: it is by http, or not a public address; use https, or allow it in notify.allow',
  ],
  [
    'a mail password without a user',
    `${brokers}notify: {email: {host: m, from: a@b.c, password: "\${env:PASSWORD}"}}`,
    '"user" and "password" of "email" belong together; give both or neither',
  ],
  [
    'a mail password for everybody to read',
    `${brokers}notify: {email: {host: m, from: a@b.c, tls: none, user: u, password: "\${env:PASSWORD}"}}`,
    'with "tls" none everybody on the way to the mail server could read the password; use required or implicit',
  ],
  ['messages for ever', `${brokers}notify: {give_up_after: 52w}`, '"give_up_after" must lie between 1m and 7d'],
  [
    'states in a ClickHouse of this machine',
    `${brokers}snapshots: {in: clickhouse}`,
    'leave it out, or set store.kind: server',
  ],
  ['a server without its address', `${brokers}store: {kind: server}`, 'needs its "url"'],
  ['a server without http', `${brokers}store: {kind: server, url: "ch:8123"}`, 'the address of the HTTP interface'],
  [
    'the settings of a server beside an embedded store',
    `${brokers}store: {url: "http://ch"}`,
    'no meaning for the embedded',
  ],
  [
    'certificates for an address without TLS',
    `${brokers}store: {kind: server, url: "http://ch", ssl: {ca: "\${file:ca.pem}"}}`,
    'no meaning for an address without TLS; write url: https://',
  ],
  [
    'a certificate without its key',
    `${brokers}store: {kind: server, url: "https://ch", ssl: {cert: "\${file:ca.pem}"}}`,
    '"cert" and "key" come together',
  ],
  ['a sample of nothing', `${brokers}store: {visits: {sample: 0}}`, 'a share above 0 and up to 1'],
  [
    'a part of a day',
    `${brokers}store: {keep: {panes: 36h}}`,
    '"panes" is kept for whole days, not 36h; write e.g. 90d',
  ],
  ['a table that is not kept', `${brokers}store: {keep: {audit: 3d}}`, '"audit"'],
  [
    'a reader without a user',
    `${brokers}store: {kind: server, url: "http://ch", reader: {password: "\${env:PASSWORD}"}}`,
    '"user"',
  ],
  ['a certificate that is not PEM', 'kafka: {brokers: [a:9092], ssl: {cert: text}}', 'a PEM text'],
  [
    'a group that no topic can be named after',
    'kafka: {brokers: [a:9092], group_id: "my group"}',
    'a name of up to 100',
  ],
  ['an unknown client', 'kafka: {brokers: [a:9092], client: librdkafka}', 'must be one of kafkajs, node-rdkafka'],
])('%s is refused', (_what, text, message) => {
  expect(mistakesOf(text)).toEqual([expect.stringContaining(message)])
})

const group = 'kafka: {brokers: [a:9092], group_id: orders}\n'
const shared = 'store: {kind: server, url: "http://ch"}\nsnapshots: {in: clickhouse}\n'

test('processes of a group need a store and states that all of them reach', () => {
  expect(load(`${group}${shared}`).kafka?.groupId).toBe('orders')
  expect(load(`${brokers}${shared}`).kafka?.groupId).toBeUndefined()
  expect(mistakesOf(group)).toEqual([
    expect.stringMatching(/^conf\/stagewatch.yaml:1:38 error .* states where all .* set snapshots.in: clickhouse/),
  ])
  expect(mistakesOf(`${group}${shared}workers: 2`)).toEqual([expect.stringContaining('folds in one thread')])
  const otherClient = 'kafka: {brokers: [a:9092], group_id: orders, client: node-rdkafka}\n'
  expect(mistakesOf(`${otherClient}${shared}`)).toEqual([expect.stringContaining('with kafkajs only')])
})

test.each(['0.0.0.0', '"::"', '192.168.1.5', 'stagewatch.example'])(
  'host %s, which others can reach, is refused as long as nobody has to sign in',
  host => {
    expect(mistakesOf(`${brokers}http: {host: ${host}}`)).toEqual([
      expect.stringMatching(
        /^conf\/stagewatch.yaml:2:1[45] error .* nobody would have to sign in; say under "sign_in" who may/,
      ),
    ])
    const tokens = `[{name: a, role: admin, sha256: ${'a'.repeat(64)}}]`
    expect(load(`${brokers}http: {host: ${host}, sign_in: {tokens: ${tokens}}}`).http.port).toBe(8080)
    expect(mistakesOf(`${brokers}http: {host: ${host}, allow_without_sign_in: true}`)).toEqual([
      expect.stringMatching(/:2:\d\d error "allow_without_sign_in" is gone: .*; say under "sign_in" who may/),
    ])
  },
)

test('a configuration that allowed to be without sign-in where only this machine reaches it says what to remove', () => {
  expect(mistakesOf(`${brokers}http: {allow_without_sign_in: false}`)).toEqual([
    'conf/stagewatch.yaml:2:8 error "allow_without_sign_in" is gone: there is sign-in now; remove it',
  ])
})

test.each(['127.0.0.1', '127.1.2.3', 'localhost', '"::1"'])('host %s needs no permission', host => {
  expect(mistakesOf(`${brokers}http: {host: ${host}}`)).toEqual([])
})

test('a reference that leads nowhere is told once, at its place', () => {
  expect(
    mistakesOf(`kafka:
  brokers: \${env:MISSING}
  sasl: {mechanism: plain, username: "me \${vault:x}", password: "\${file:none}"}
`),
  ).toEqual([
    'conf/stagewatch.yaml:2:12 error the environment variable MISSING is not set; set it before the start: export MISSING=…',
    expect.stringMatching(/^conf\/stagewatch.yaml:3:42 error "\$\{vault:x\}" refers to nothing that is known; write /),
    expect.stringMatching(
      /^conf\/stagewatch.yaml:3:66 error the file none cannot be read \(ENOENT: none\); a relative/,
    ),
  ])
})

test('a secret that does not fit is not shown', () => {
  const found = mistakesOf(`kafka:
  brokers: \${file:secret}
  ssl: {ca: "\${file:secret}"}
  sasl: {mechanism: "\${file:secret}", username: "\${env:EMPTY}", password: p}
http: {host: "\${file:secret}", port: "\${file:secret}"}
store: {kind: server, url: "\${file:secret}"}
`)
  expect(found.length).toBeGreaterThanOrEqual(6)
  expect(found.join('\n')).not.toContain('hush')
  expect(found).toContain(
    'conf/stagewatch.yaml:2:12 error "brokers" must be a list of brokers, [kafka-1:9092, kafka-2:9092], not what ${file:secret} stands for',
  )
})

test('a secret that stands in the file is refused, and not shown', () => {
  const remedy = 'write ${env:NAME} for an environment variable or ${file:path} for the content of a file'
  const found = mistakesOf(`kafka:
  brokers: [a:9092]
  ssl: {key: hush}
  sasl: {mechanism: plain, username: u, password: hush}
store:
  kind: server
  url: "http://ch"
  password: 1234
  reader: {user: r, password: hush}
`)
  expect(found).toEqual([
    `conf/stagewatch.yaml:3:14 error "key" is a secret, which must not stand in this file; ${remedy}`,
    `conf/stagewatch.yaml:4:51 error "password" is a secret, which must not stand in this file; ${remedy}`,
    `conf/stagewatch.yaml:8:13 error "password" is a secret, which must not stand in this file; ${remedy}`,
    `conf/stagewatch.yaml:9:31 error "password" is a secret, which must not stand in this file; ${remedy}`,
  ])
})

test('what a reference stands for is not searched for further references', () => {
  const config = loadConfig('kafka: {brokers: [a:9092], client_id: "${env:A}"}', 'a.yaml', {
    ...references,
    env: () => '${env:PASSWORD}',
  })
  expect(config.kafka?.clientId).toBe('${env:PASSWORD}')
})

test('files that a configuration refers to lie in its own folder', () => {
  const config = loadConfig(`${brokers}log: {level: "\${file:config-level.txt}"}`, join('test', 'app', 'a.yaml'), {
    env: () => undefined,
    readFile: path => (path === 'config-level.txt' ? 'warn\r\n' : ''),
  })
  expect(config.log.level).toBe('warn')
})

test('the configuration that is shipped as a template says what holds without it', () => {
  const template = readFileSync(new URL('../../stagewatch.yaml', import.meta.url), 'utf8')
  expect(loadConfig(template, 'a/b.yaml', references)).toEqual(
    loadConfig('kafka: {brokers: ["127.0.0.1:9092"]}', 'a/b.yaml', references),
  )
  // The settings that are shown as a comment, because their default is to be absent, work as they stand.
  const settings = template.replaceAll(/^ {2}#( {3}(?:ssl|sasl|kind|url|user|password|database|reader): .*)$/gm, ' $1')
  const withAll = settings.replace(/^ {2}(ssl: false|kind: embedded)$/gm, '').replaceAll(/^ {4}(?=\w)/gm, '  ')
  const loaded = loadConfig(withAll, 'a/b.yaml', { env: name => name, readFile: () => '-----BEGIN KEY-----' })
  expect(loaded.kafka).toMatchObject({ ssl: { key: '-----BEGIN KEY-----' }, sasl: { password: 'KAFKA_PASSWORD' } })
  expect(loaded.store).toMatchObject({
    kind: 'server',
    password: 'CLICKHOUSE_PASSWORD',
    database: 'stagewatch',
    tls: { cert: '-----BEGIN KEY-----' },
    reader: { user: 'stagewatch_reader', password: 'CLICKHOUSE_READER_PASSWORD' },
  })
})
