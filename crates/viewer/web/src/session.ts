// Who reads, and in which org.

export interface Session {
  org: { id: string; name?: string | null };
  viewer: { id: string; name?: string | null; email?: string | null };
  may: string[];
}
