import * as z from 'zod/mini'

/** An error as RFC 9457 writes it, with what the caller can do about it. */
export const problemSchema = z.object({
  /** `urn:stagewatch:problem:` and a fixed word. */
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  remedy: z.string(),
  instance: z.string(),
})
export type Problem = z.infer<typeof problemSchema>
