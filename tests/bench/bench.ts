/**
 * The benchmarks: each beside a named peer in the same run. They are measurements, no tests:
 * nothing fails here because a machine is slow.
 *
 *     deno task bench [rounds]
 */
import { benchDiagnose } from "./diagnose_bench.ts";
import { benchHiveTools } from "./hive_tools_bench.ts";
import { benchHiveWalk } from "./hive_walk_bench.ts";
import { benchMedia } from "./media_bench.ts";
import { benchStartup } from "./startup_bench.ts";

const rounds = Number(Deno.args[0] ?? 9);
const folder = await Deno.makeTempDir({ prefix: "pemedic-bench-" });
try {
  const program = await benchStartup(rounds);
  await benchHiveWalk(folder, rounds);
  await benchHiveTools(program, folder, rounds);
  await benchMedia(program, folder, rounds);
  await benchDiagnose(program, folder, Math.min(rounds, 5));
} finally {
  await Deno.remove(folder, { recursive: true });
}
