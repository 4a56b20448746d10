// Requests to the view API, with a token that is renewed at 80 % of its life.

export interface SessionToken {
  token: string;
  expires_at: string;
}

/** Returns a fresh token of a viewer session, from the backend of the page. */
export type TokenProvider = () => Promise<SessionToken>;

/** What the page tells the reader; each kind has its own state of the page. */
export type FailureKind =
  'ended' | 'plan' | 'not-allowed' | 'not-found' | 'invalid' | 'unreachable' | 'unavailable' | 'other';

export class Failure extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly detail = '',
  ) {
    super(`${kind}: ${detail}`);
  }
}

export type Parameters = readonly (readonly [name: string, value: string])[];

const RENEW_AT = 0.8;
const RETRIES = 2;
const LONGEST_PAUSE_MS = 5_000;

export class Api {
  #session: { token: string; renewAt: number; endsAt: number } | undefined;
  #renewal: Promise<void> | undefined;

  constructor(
    readonly endpoint: string,
    readonly provider: TokenProvider,
  ) {}

  /** Returns the body of a GET request as text. */
  async get(path: string, parameters: Parameters, signal?: AbortSignal): Promise<string> {
    const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
    const url = `${this.endpoint}${path}${query && `?${query}`}`;
    let renewed = false;
    for (let attempt = 0; ; attempt += 1) {
      const response = await this.#fetch(url, signal);
      if (response.ok) return response.text();
      if (response.status === 401 && !renewed) {
        renewed = true;
        this.#session = undefined;
        continue;
      }
      const failure = await failureOf(response);
      if (failure.kind !== 'unavailable' || attempt >= RETRIES) throw failure;
      const seconds = Number(response.headers.get('Retry-After') ?? '1');
      await pause(Math.min(seconds * 1_000, LONGEST_PAUSE_MS), signal);
    }
  }

  async #fetch(url: string, signal?: AbortSignal): Promise<Response> {
    const headers = { Authorization: `Bearer ${await this.#token()}` };
    try {
      return await fetch(url, { headers, credentials: 'omit', cache: 'no-store', signal: signal ?? null });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Failure('unreachable');
    }
  }

  async #token(): Promise<string> {
    const now = Date.now();
    if (!this.#session || now >= this.#session.endsAt) await this.#renew();
    else if (now >= this.#session.renewAt) void this.#renew().catch(() => undefined);
    return this.#session?.token ?? '';
  }

  #renew(): Promise<void> {
    this.#renewal ??= this.#obtain().finally(() => (this.#renewal = undefined));
    return this.#renewal;
  }

  async #obtain(): Promise<void> {
    try {
      const { token, expires_at } = await this.provider();
      const [now, endsAt] = [Date.now(), Date.parse(expires_at)];
      // A fresh token that looks expired means that the reader's clock is wrong; then only a 401 ends the token.
      const isSkewed = !(endsAt > now);
      const renewAt = now + (endsAt - now) * RENEW_AT;
      this.#session = { token, endsAt: isSkewed ? Infinity : endsAt, renewAt: isSkewed ? Infinity : renewAt };
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure(error instanceof TypeError ? 'unreachable' : 'ended');
    }
  }
}

async function failureOf(response: Response): Promise<Failure> {
  const problem = await response.json().catch(() => ({}));
  const type = String(problem.type ?? '')
    .split(':')
    .at(-1);
  const inputs: { pointer: string; found: string; allowed: string }[] = problem.errors ?? [];
  const detail =
    inputs.map((input) => `${input.pointer}: ${input.found}; ${input.allowed}`).join('\n') || problem.detail;
  return new Failure(kindOf(response.status, type), detail ?? response.statusText);
}

function kindOf(status: number, type: string | undefined): FailureKind {
  if (status === 401) return 'ended';
  if (type === 'plan-required') return 'plan';
  if (status === 403) return 'not-allowed';
  if (status === 404) return 'not-found';
  if (status === 400) return 'invalid';
  if (type === 'segment-unreadable') return 'other';
  return status === 429 || status >= 500 ? 'unavailable' : 'other';
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
