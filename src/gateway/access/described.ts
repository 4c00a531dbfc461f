/** Of a cookie where no https is spoken; with it the name has the prefix `__Host-`. */
export const SESSION_COOKIE = 'stagewatch_session'

/** How one says who one is, for the descriptions of API and stream. */
export const schemes = {
  token: 'A token of the configuration, or a JWT of the issuer.',
  session: 'Set by `POST /api/v1/session`.',
} as const
