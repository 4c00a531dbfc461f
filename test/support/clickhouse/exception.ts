/** An error as ClickHouse's HTTP interface gives it: a text, its code in a header, and a status that follows from it. */
export class Exception extends Error {
  readonly code: number

  constructor(code: number, problem: string, type: string) {
    super(`Code: ${code}. DB::Exception: ${problem}. (${type})`)
    this.code = code
  }

  /** @param error of the engine: its message is that of a server, but for the version at its end. */
  static from(error: unknown): Exception {
    if (error instanceof Exception) return error
    const message = error instanceof Error ? error.message : String(error)
    const code = Number(/^Code: (\d+)/.exec(message)?.[1] ?? 1001)
    const exception = new Exception(code, message, 'STD_EXCEPTION')
    if (code !== 1001) exception.message = message
    return exception
  }

  get status(): number {
    return statusOf.get(this.code) ?? 500
  }
}

export const authenticationFailed = 516

/** Those that the statements of the store and their mistakes can meet; a server has a few more. */
const statusOf = new Map([
  [authenticationFailed, 403],
  [194, 401], // REQUIRED_PASSWORD
  [497, 403], // ACCESS_DENIED
  [36, 400], // BAD_ARGUMENTS
  [53, 400], // TYPE_MISMATCH
  [62, 400], // SYNTAX_ERROR
  [72, 400], // CANNOT_PARSE_NUMBER
  [117, 400], // INCORRECT_DATA
  [26, 400], // CANNOT_PARSE_QUOTED_STRING
  [27, 400], // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  [46, 404], // UNKNOWN_FUNCTION
  [47, 404], // UNKNOWN_IDENTIFIER
  [60, 404], // UNKNOWN_TABLE
  [73, 404], // UNKNOWN_FORMAT
  [81, 404], // UNKNOWN_DATABASE
  [115, 404], // UNKNOWN_SETTING
  [48, 501], // NOT_IMPLEMENTED
  [159, 408], // TIMEOUT_EXCEEDED
])
