import * as z from 'zod/mini'

/** Each may do all that those before it may. */
export const roles = ['viewer', 'responder', 'steward', 'approver', 'admin'] as const
export type Role = (typeof roles)[number]

/** Who asks, and how one may sign in. */
export const sessionSchema = z.object({
  /** null: nobody who is known. */
  visitor: z.nullable(
    z.object({
      name: z.string(),
      role: z.enum(roles),
      /** On whose alerts he may act; null: on all. */
      owners: z.nullable(z.array(z.string())),
    }),
  ),
  /** null: nobody has to. */
  sign_in: z.nullable(
    z.object({
      /** Whether people may sign in at an issuer, at `/api/v1/session/issuer`. A token always does. */
      issuer: z.boolean(),
    }),
  ),
})
export type Session = z.infer<typeof sessionSchema>
