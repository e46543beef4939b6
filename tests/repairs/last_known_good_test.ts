/** `registry.use-last-known-good`: only another set that exists and can start Windows. */
import assert from "node:assert/strict";
import { bootServiceDisabled, lastKnownGoodDiffers, truncatedSystemHive } from "../lab/mod.ts";
import { stepLab, system } from "./driver_lab.ts";

const ID = "registry.use-last-known-good";
const select = (text: string) => system(`[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n${text}`);

Deno.test("Current and Default become the last known good set, Failed the one given up", async () => {
  const step = await stepLab(ID, {}, [lastKnownGoodDiffers(), bootServiceDisabled()]);
  assert.match((await step.detect()).reason, /starts from control set 1, last known good is 2/);
  assert.deepEqual(await step.edits(), [
    'Select "Failed": 0 -> 1',
    'Select "Current": 1 -> 2',
    'Select "Default": 1 -> 2',
  ]);
});

Deno.test("Failed names the set of the next start where it is not the current one", async () => {
  const step = await stepLab(ID, {}, [
    lastKnownGoodDiffers(),
    select('"Default"=dword:00000003'),
  ]);
  assert.equal((await step.edits())[0], 'Select "Failed": 0 -> 3');
});

Deno.test("it does not apply, with the reason", async () => {
  const cases: readonly (readonly [Parameters<typeof stepLab>[2], RegExp])[] = [
    [[], /^The last known good control set is the one in use \(1\), as mostly since Windows 8$/],
    [[select('"LastKnownGood"=dword:00000000')], /^No control set is noted/],
    [[select('"LastKnownGood"=-')], /^No control set is noted/],
    [[select('"LastKnownGood"=dword:00000007')], /is not there: ControlSet007$/],
    [[truncatedSystemHive()], /shows no control sets$/],
    [
      [lastKnownGoodDiffers(), select('"Current"=dword:00000002\n"Default"=dword:00000002')],
      /is the one in use \(2\)/,
    ],
  ];
  for (const [damages, reason] of cases) {
    const step = await stepLab(ID, {}, damages);
    const answer = await step.detect();
    assert.equal(answer.applies, false);
    assert.match(answer.reason, reason);
    assert.deepEqual(await step.edits(), []);
  }
});

Deno.test("a set that could not start Windows either is refused", async () => {
  const cases: readonly (readonly [Parameters<typeof stepLab>[2], RegExp])[] = [
    [[lastKnownGoodDiffers({ without: "volmgr" })], /service key of volmgr is missing/],
    [
      [bootServiceDisabled("disk"), lastKnownGoodDiffers()],
      /disk must start at boot and does not: Start 4$/,
    ],
  ];
  for (const [damages, message] of cases) {
    const step = await stepLab(ID, {}, damages);
    await assert.rejects(step.edits(), (error: Error & { code?: string }) => {
      assert.equal(error.code, "refused");
      assert.match(error.message, /^Cannot use ControlSet002/);
      assert.match(error.message, message);
      return true;
    });
  }
});
