/** Whatever happens to a staged computer: no loop, no start without a record, and an end. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { SimulatedCrash } from "../lab/mod.ts";
import type { SetupScenario } from "../lab/simulators/setup_scenario.ts";
import { labOrder, REBOOT_PENDING, StarterLab, VERSION_KEY } from "./starter_lab.ts";

/** One start of Windows. */
interface Boot {
  readonly setup: SetupScenario;
  /** The power is cut at this change. */
  readonly cutAt: number | null;
  readonly torn: boolean;
  readonly safeMode: boolean;
  readonly setupAtWork: boolean;
  readonly pending: boolean;
  readonly diskFull: boolean;
  readonly deletes: boolean;
  /** Another Setup is running: Windows Update has begun an upgrade. */
  readonly othersSetup: boolean;
  /** What Setup did between this start and the next. */
  readonly then: "nothing" | "upgraded" | "rolled-back" | "clock-back" | "updated";
}

const scenario: fc.Arbitrary<SetupScenario> = fc.oneof(
  fc.constantFrom<SetupScenario>(
    { outcome: "succeed" },
    { outcome: "die" },
    { outcome: "restart" },
    { outcome: "hang" },
    { outcome: "roll-back" },
    { outcome: "roll-back", exit: 3 },
  ),
  fc.constantFrom(0xc1900107, 0xc1900208, 0xc190012f, 0x80070005, 0, 3)
    .map((code) => ({ outcome: "refuse", code }) as const),
);

const seldom = fc.integer({ min: 0, max: 9 }).map((number) => number === 0);

const boot: fc.Arbitrary<Boot> = fc.record({
  setup: scenario,
  cutAt: fc.option(fc.integer({ min: 1, max: 25 })),
  torn: fc.boolean(),
  safeMode: seldom,
  setupAtWork: seldom,
  pending: seldom,
  diskFull: seldom,
  deletes: seldom.map((no) => !no),
  othersSetup: seldom,
  then: fc.constantFrom("nothing", "nothing", "upgraded", "rolled-back", "clock-back", "updated"),
});

const CALM: Boot = {
  setup: { outcome: "restart" },
  cutAt: null,
  torn: false,
  safeMode: false,
  setupAtWork: false,
  pending: false,
  diskFull: false,
  deletes: true,
  othersSetup: false,
  then: "nothing",
};

async function live(lab: StarterLab, how: Boot): Promise<void> {
  const { files } = lab.host;
  lab.host.state.setup = [how.setup];
  lab.manager.now.bootMode = how.safeMode ? "safe-mode" : "normal";
  lab.manager.deletes = how.deletes;
  lab.setupAtWork(how.setupAtWork);
  files.setFreeBytes("C:", how.diskFull ? 0 : 1_000_000);
  const before = lab.setupStarts;
  const name = how.othersSetup ? "SetupHost.exe" : "System";
  lab.taskList = () => `"${name}","4","Services","0","8 K"\r\n`;
  const key = lab.manager.keyExists.bind(lab.manager);
  lab.manager.keyExists = (name) =>
    name === REBOOT_PENDING ? Promise.resolve(how.pending) : key(name);
  const { hanging } = lab.host.processes;
  hanging.then(() => lab.manager.shutdown());
  files.recover();
  lab.host.reboot = () => lab.manager.reboot();
  if (how.cutAt !== null) files.crashAfter(how.cutAt, { torn: how.torn });
  try {
    await lab.boot();
  } catch (error) {
    if (!(error instanceof SimulatedCrash)) throw error;
  }
  lab.host.processes.endProgram();
  files.recover();
  if (how.othersSetup) assert.equal(lab.setupStarts, before, "started beside another Setup");
  if (lab.setupStarts === 0) return;
  if (how.then === "upgraded") lab.upgraded();
  if (how.then === "rolled-back") lab.rolledBack();
  if (how.then === "updated") lab.setNumber(VERSION_KEY, "UBR", 2000);
  if (how.then === "clock-back") lab.clock.advance(-86_400_000);
}

Deno.test("no sequence of starts and ends leads to a loop", async () => {
  const limits = { starts: 2, settleMinutes: 0, hours: 0.01 };
  let [started, twice, cut, finished] = [0, 0, 0, 0];
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(boot, { maxLength: 8 }),
      fc.boolean(),
      async (starts, boots, timed) => {
        const order = labOrder({ limits: { ...limits, starts } });
        const { target } = order;
        const installTime = timed ? target.installTime : null;
        const lab = new StarterLab({ ...order, target: { ...target, installTime } });
        for (const how of boots) await live(lab, how);
        for (let rest = 0; rest < 30 && await lab.isInstalled(); rest++) await live(lab, CALM);
        const story = JSON.stringify(boots);
        assert.ok(lab.setupStarts <= starts, `${lab.setupStarts} starts: ${story}`);
        assert.equal(lab.unrecorded, 0, story);
        const events = await lab.events();
        const last = boots.findLast(({ then }) => then !== "clock-back" && then !== "updated");
        if (boots.every(({ then }) => then !== "upgraded")) {
          assert.ok(!events.includes("done"), `${events} without an upgrade: ${story}`);
        } else if (last?.then === "upgraded") finished++;
        assert.equal(await lab.isInstalled(), false, `${await lab.progressText()}\n${story}`);
        if (lab.setupStarts > 0) started++;
        if (lab.setupStarts > 1) twice++;
        if (boots.some(({ cutAt }) => cutAt !== null)) cut++;
      },
    ),
    { numRuns: 300, seed: 5 },
  );
  const counts = `${started} ${twice} ${cut} ${finished}`;
  assert.ok(started > 100 && twice > 20 && cut > 100 && finished > 20, counts);
});
