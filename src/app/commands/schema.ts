import { Argument } from 'commander'
import type { DefineCommand } from '../command-line.ts'

export const defineSchema: DefineCommand = (program, { print }) => {
  program
    .command('schema')
    .description('print the JSON Schema of a file you write, for editors, or of the notifications you receive')
    .addArgument(
      new Argument('[file]', 'of what')
        .choices(['process', 'owners', 'calendars', 'notifications', 'test', 'notification'])
        .default('process'),
    )
    .addHelpText(
      'after',
      `
Examples:
  stagewatch schema > schema/process.schema.json
  stagewatch schema owners > schema/owners.schema.json
  stagewatch schema calendars > schema/calendars.schema.json
  stagewatch schema notifications > schema/notifications.schema.json
  stagewatch schema test > schema/test.schema.json
  stagewatch schema notification > schema/notification.schema.json

An editor uses it by a first line such as
  # yaml-language-server: $schema=./schema/process.schema.json`,
    )
    .action(async (file: 'process' | 'owners' | 'calendars' | 'notifications' | 'test' | 'notification') => {
      const {
        calendarsJsonSchema,
        jsonSchemaText,
        notificationsJsonSchema,
        ownersJsonSchema,
        processJsonSchema,
        testJsonSchema,
      } = await import('../../model/json-schema.ts')
      const { notificationJsonSchema } = await import('../../protocol/notification-json-schema.ts')
      const schemas = {
        process: processJsonSchema,
        owners: ownersJsonSchema,
        calendars: calendarsJsonSchema,
        notifications: notificationsJsonSchema,
        test: testJsonSchema,
        notification: notificationJsonSchema,
      }
      print(jsonSchemaText(schemas[file]()))
    })
}
