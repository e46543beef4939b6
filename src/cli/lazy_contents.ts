/** Content from outside for the journal. The rooms of media are loaded when a change needs them. */
import type { Host } from "../host/mod.ts";
import type { ContentProvider } from "../journal/mod.ts";

/** What fetches content; nothing is loaded before it is asked. */
export function lazyContents(host: Host): ContentProvider {
  const load = async () => (await import("../kit/mod.ts")).contentProvider(host);
  return {
    open: async (origin) => await (await load()).open(origin),
    extract: async (origin, options) => await (await load()).extract(origin, options),
    isComplete: async (origin, path) => await (await load()).isComplete(origin, path),
  };
}
