import * as z from 'zod'
import { alertSchema } from '../../protocol/alert.ts'
import { CENTRIFUGO_PATH, clientMessageSchema, STREAM_PATH, serverMessageSchema } from '../../protocol/message.ts'
import { processSummarySchema } from '../../protocol/process.ts'
import { processStatisticsSchema } from '../../protocol/statistics.ts'
import { statusSchema } from '../../protocol/status.ts'
import { SESSION_COOKIE, schemes } from '../access/described.ts'
import { type Channel, channels } from './channels.ts'

type Json = { readonly [key: string]: unknown }
type Message = { readonly name: string; readonly schema: z.core.$ZodType; readonly summary: string }

/** Schemas that have a name of their own; messages are named by their type. */
const named: Readonly<Record<string, z.core.$ZodType>> = {
  Alert: alertSchema,
  Process: processSummarySchema,
  ProcessStatistics: processStatisticsSchema,
  Status: statusSchema,
}

const summaries: Readonly<Record<string, string>> = {
  hello: 'What a stream of `json.v1` begins with',
  snapshot: 'Everything as of now',
  resumed: 'It goes on from where the client was: what was missed follows',
  alert: channels.alerts.summary,
  statistics: channels['statistics:{process}'].summary,
  status: channels.status.summary,
  pong: 'The answer to `ping`',
  subscribe: 'Says what to send, and from where to go on; the answer is `resumed` or a `snapshot`',
  ping: 'Asks whether the server is there',
}

const serverMessages = messagesOf(serverMessageSchema)
const clientMessages = messagesOf(clientMessageSchema)

/** The description of the stream (AsyncAPI 3.1), made of the channels as they were declared. @param version of the program. */
export function asyncApiOf(version: string): Json {
  const told = (...names: readonly string[]) => serverMessages.filter(({ name }) => names.includes(name))
  const followed = Object.entries<Channel>(channels).map(([address, channel]) => followedChannel(address, channel))
  const streams = [
    [
      'json',
      STREAM_PATH,
      `Subprotocol \`json.v1\`: a JSON object a text frame, both ways`,
      'webSockets',
      serverMessages,
    ],
    [
      'events',
      STREAM_PATH,
      'Server-sent events: a message is the `data` of an event of its type; `Last-Event-ID` is where to go on from',
      'events',
      told('snapshot', 'resumed', 'alert', 'statistics', 'status'),
    ],
  ] as const
  const open = Object.fromEntries(
    streams.map(([name, address, description, server, messages]) => [
      name,
      {
        address,
        description,
        servers: [{ $ref: `#/servers/${server}` }],
        messages: referencesOf([...messages, ...(name === 'json' ? clientMessages : [])]),
      },
    ]),
  )
  const streamOperations = streams.map(([name, , , , messages]) => [
    `${name}Told`,
    operationOf('send', name, messages, `Everything, over ${name === 'json' ? 'a WebSocket' : 'HTTP'}`),
  ])
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'Stagewatch',
      version,
      description:
        'What is pushed: alerts in order and without a gap, statistics and status at most ten times a second. Keys may be added under the same version.',
      license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' },
    },
    defaultContentType: 'application/json',
    servers: {
      centrifugo: serverOf(
        'ws',
        CENTRIFUGO_PATH,
        "Centrifugo's JSON client protocol: subscribe, recover, tag filter, rpc",
      ),
      webSockets: serverOf('ws', undefined, 'Plain WebSockets, for scripts'),
      events: serverOf('http', undefined, 'Server-sent events'),
    },
    channels: { ...Object.fromEntries(followed.map(({ name, channel }) => [name, channel])), ...open },
    operations: Object.fromEntries([
      ...followed.map(({ name, messages, summary }) => [`${name}Told`, operationOf('send', name, messages, summary)]),
      ...streamOperations,
      ['jsonHeard', operationOf('receive', 'json', clientMessages, 'What a client of `json.v1` may say')],
    ]),
    components: {
      messages: Object.fromEntries(allMessages().map(componentOf)),
      schemas: schemas(),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: schemes.token },
        session: { type: 'httpApiKey', in: 'cookie', name: SESSION_COOKIE, description: schemes.session },
      },
    },
  }
}

function followedChannel(address: string, { message, summary, permission, keeps }: Channel) {
  const [name = address] = address.split(':')
  const messages = serverMessages.filter(({ schema }) => schema === message)
  const channel = {
    address,
    summary,
    servers: [{ $ref: '#/servers/centrifugo' }],
    messages: referencesOf(messages),
    ...(address.includes('{process}') && { parameters: { process: { description: 'The name of a process' } } }),
    'x-permission': permission,
    'x-keeps': keeps,
  }
  return { name, channel, messages, summary }
}

const operationOf = (action: 'send' | 'receive', channel: string, messages: readonly Message[], summary: string) => ({
  action,
  channel: { $ref: `#/channels/${channel}` },
  summary,
  messages: messages.map(({ name }) => ({ $ref: `#/channels/${channel}/messages/${name}` })),
})

const serverOf = (protocol: string, pathname: string | undefined, description: string) => ({
  host: '{host}',
  protocol,
  description,
  ...(pathname && { pathname }),
  // One of them, where people sign in.
  security: ['token', 'session'].map(scheme => ({ $ref: `#/components/securitySchemes/${scheme}` })),
  variables: { host: { default: '127.0.0.1:8080', description: 'Where this was read' } },
})

const referencesOf = (messages: readonly Message[]) =>
  Object.fromEntries(messages.map(({ name }) => [name, { $ref: `#/components/messages/${name}` }]))

const allMessages = (): readonly Message[] => [...serverMessages, ...clientMessages]

const componentOf = ({ name, summary }: Message) => [
  name,
  { name, summary, payload: { $ref: reference(schemaName(name)) } },
]

/** The messages of a union, by what their `type` says. */
function messagesOf(union: typeof serverMessageSchema | typeof clientMessageSchema): readonly Message[] {
  return union.def.options.map(schema => {
    const [name] = schema.def.shape.type.def.values
    if (name === undefined) throw new Error('a message has no type')
    const summary = summaries[name]
    if (summary === undefined) throw new Error(`the message ${name} has no summary`)
    return { name, schema, summary }
  })
}

function schemas(): Json {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id })
  for (const { name, schema } of allMessages()) registry.add(schema, { id: schemaName(name) })
  const written = z.toJSONSchema(registry, { uri: reference, override: plainly }).schemas as Record<string, Json>
  return Object.fromEntries(Object.entries(written).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema]))
}

const plainly = ({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void => {
  // Keys may be added under the same version: a client that is strict would refuse them.
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
  // The format says it to a person, the pattern to nobody.
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
}

const schemaName = (message: string): string => `${message.charAt(0).toUpperCase()}${message.slice(1)}Message`
const reference = (name: string): string => `#/components/schemas/${name}`
