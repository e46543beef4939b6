import assert from "node:assert/strict";
import { parseCurrentEdition, parseDrivers, parsePackages } from "../../../src/tools/dism/mod.ts";
import { recordedText } from "../../lab/recorded/recorded.ts";
import { outcomeOf } from "../outcome.ts";

const DONE = "The operation completed successfully.\r\n";
const ROLLUP = "Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.4061.1.9";
const LANGUAGE =
  "Microsoft-Windows-Client-LanguagePack-Package~31bf3856ad364e35~amd64~de-DE~10.0.26100.4061";

const PACKAGES = [
  "Packages listing:",
  "",
  `Package Identity : ${ROLLUP}`,
  "State : Install Pending",
  "Release Type : Security Update",
  "Install Time : ",
  "",
  `Package Identity : ${LANGUAGE}`,
  "State : Installed",
  "Release Type : Language Pack",
  "Install Time : 9/24/2024 8:00 AM",
  "",
  DONE,
].join("\r\n");

Deno.test("parsePackages() reads identities, states and times", () => {
  const answer = parsePackages(outcomeOf(PACKAGES));
  assert.equal(answer.kind, "done");
  if (answer.kind !== "done") return;
  assert.equal(answer.value.length, 2);
  const [rollup, language] = answer.value;
  assert.equal(rollup?.identity, ROLLUP);
  assert.equal(rollup?.name, "Package_for_RollupFix");
  assert.equal(rollup?.version, "26100.4061.1.9");
  assert.equal(rollup?.pending, true);
  assert.equal(rollup?.installTime, "");
  assert.equal(language?.language, "de-DE");
  assert.equal(language?.architecture, "amd64");
  assert.equal(language?.pending, false);
  assert.equal(language?.installTime, "9/24/2024 8:00 AM");
});

Deno.test("parsePackages() reads a table too", () => {
  const table = [
    "----------------- | --------------- | ------------",
    "Package Identity | State | Release Type | Install Time",
    "----------------- | --------------- | ------------",
    `${ROLLUP} | Uninstall Pending | Update | `,
    "",
    DONE,
  ].join("\r\n");
  const answer = parsePackages(outcomeOf(table));
  assert.deepEqual(answer.kind === "done" && answer.value.map((entry) => entry.state), [
    "Uninstall Pending",
  ]);
});

Deno.test("parsePackages() takes an empty list only if it was completed", () => {
  const empty = parsePackages(outcomeOf(`Packages listing:\r\n\r\n${DONE}`));
  assert.deepEqual(empty.kind === "done" && empty.value, []);
  assert.equal(parsePackages(outcomeOf("Packages listing:\r\n")).kind, "not-understood");
  assert.equal(parsePackages(outcomeOf("Paketliste:\r\n")).kind, "not-understood");
  assert.equal(parsePackages(outcomeOf("Error: 87\r\n", 87)).kind, "failed");
});

Deno.test("parseDrivers() reads list and table", () => {
  const list = [
    "Driver packages listing:",
    "",
    "Published Name : oem0.inf",
    "Original File Name : alpha.inf",
    "Inbox : No",
    "Class Name : System",
    "Provider Name : ALPHA : BETA",
    "Date : 18/07/2024",
    "Version : 10.1.14.7",
    "",
    DONE,
  ].join("\r\n");
  const fromList = parseDrivers(outcomeOf(list));
  assert.deepEqual(fromList.kind === "done" && fromList.value, [{
    publishedName: "oem0.inf",
    originalFileName: "alpha.inf",
    inbox: false,
    className: "System",
    providerName: "ALPHA : BETA",
    date: "18/07/2024",
    version: "10.1.14.7",
  }]);
  const fromTable = parseDrivers(outcomeOf(recordedText("dism-26100-en-drivers-table")));
  assert.deepEqual(fromTable.kind === "done" && fromTable.value.map((entry) => entry.version), [
    "32.0.15.7283",
    "20.1.0.1026",
  ]);
});

Deno.test("parseCurrentEdition() reads the edition and not its title line", () => {
  const text = "Current edition is:\r\n\r\nCurrent Edition : Professional\r\n\r\n" + DONE;
  const answer = parseCurrentEdition(outcomeOf(text));
  assert.deepEqual(answer.kind === "done" && answer.value, { edition: "Professional" });
  assert.equal(parseCurrentEdition(outcomeOf(DONE)).kind, "not-understood");
  assert.equal(parseCurrentEdition(outcomeOf("Error: 50\r\n", 50)).kind, "failed");
});
