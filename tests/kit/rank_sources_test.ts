/** What is found in files, brought together with a target: numbers, architectures, types. */
import assert from "node:assert/strict";
import { rankSources, type RepairTarget } from "../../src/kit/mod.ts";
import { type ImageFacts, imageFile, imageXml, isoWith } from "../cli/source_images.ts";
import { writeWim } from "../formats/wim/wim_writer.ts";
import { createMemoryHost } from "../lab/mod.ts";
import { udfDirectory, udfFile } from "../lab/udf_items.ts";
import { isoContent } from "./media_lab.ts";

const PRO: RepairTarget = {
  architecture: "x64",
  edition: "Professional",
  language: "0409",
  build: 26100,
  ubr: 4061,
};

function machine() {
  return createMemoryHost({ volumes: [{ letter: "E:", drive: "removable" }] });
}

const dual = (x64: readonly ImageFacts[], x86: readonly ImageFacts[]) =>
  isoContent([
    udfDirectory("x64", [udfDirectory("sources", [udfFile("install.wim", imageFile(x64))])]),
    udfDirectory("x86", [udfDirectory("sources", [udfFile("install.wim", imageFile(x86))])]),
  ]);

Deno.test("rankSources() looks into both images of media for two architectures", async () => {
  const host = machine();
  const x86 = { architecture: 0 };
  host.files.put("E:\\dual.iso", dual([{}], [{ edition: "Core", ...x86 }, x86]));
  const find = async (target: RepairTarget) =>
    (await rankSources(host, target, ["E:\\dual.iso"])).images;
  const [first, ...others] = await find({ ...PRO, architecture: "x86" });
  assert.deepEqual(
    [first?.inside, first?.index, first?.match.verdict],
    ["x86\\sources\\install.wim", 2, "fits"],
  );
  assert.equal(others.length, 2);
  assert.equal((await find(PRO))[0]?.inside, "x64\\sources\\install.wim");
});

Deno.test("rankSources() tells a server with desktop from one without", async () => {
  const host = machine();
  const typed = (type: string, edition: string) =>
    imageXml([{ edition }]).replace("<EDITIONID>", `<INSTALLATIONTYPE>${type}</INSTALLATIONTYPE>$&`)
      .replace(/^.*?<IMAGE|<\/WIM>$/gs, (text) => text.startsWith("<") ? "" : "<IMAGE");
  const second = typed("Server", "ServerStandard").replace('INDEX="1"', 'INDEX="2"');
  const xml = `\ufeff<WIM>${typed("Server Core", "ServerStandard")}${second}</WIM>`;
  host.files.put("E:\\install.wim", writeWim({ xml, imageCount: 2 }));
  for (const [installationType, index] of [["Server", 2], ["Server Core", 1]] as const) {
    const target = { ...PRO, edition: "ServerStandard", installationType };
    const [best] = (await rankSources(host, target, ["E:\\install.wim"])).images;
    assert.deepEqual([best?.index, best?.match.verdict], [index, "fits"]);
  }
});

Deno.test("rankSources() does not trust the numbers of images where the file contradicts itself", async () => {
  const host = machine();
  const gap = imageXml([{}, {}]).replace('INDEX="2"', 'INDEX="3"');
  const double = imageXml([{}, {}]).replace('INDEX="2"', 'INDEX="1"');
  host.files.put("E:\\gap.wim", writeWim({ xml: gap, imageCount: 2 }));
  host.files.put("E:\\double.wim", writeWim({ xml: double, imageCount: 2 }));
  host.files.put("E:\\count.wim", writeWim({ xml: imageXml([{}]), imageCount: 4 }));
  host.files.put("E:\\good.wim", imageFile([{}, {}]));
  const verdicts = async (name: string) =>
    (await rankSources(host, PRO, [`E:\\${name}.wim`])).images.map(({ index, match }) =>
      `${index} ${match.verdict}`
    );
  assert.deepEqual(await verdicts("gap"), ["1 fits", "3 doubtful"]);
  assert.deepEqual(await verdicts("double"), ["1 doubtful"]);
  assert.deepEqual(await verdicts("count"), ["1 doubtful"]);
  assert.deepEqual(await verdicts("good"), ["1 fits", "2 fits"]);
});

Deno.test("rankSources() takes the first of two images with one name, each by its number", async () => {
  const host = machine();
  const twins = [{ name: "Windows", edition: "Core" }, { name: "Windows" }, { name: "Windows" }];
  host.files.put("E:\\twins.wim", imageFile(twins));
  host.files.put("E:\\same.iso", isoWith({ "install.wim": imageFile(twins) }));
  const { images } = await rankSources(host, PRO, ["E:\\same.iso", "E:\\twins.wim"]);
  assert.deepEqual(
    images.slice(0, 3).map(({ place, index }) => `${place}:${index}`),
    ["E:\\twins.wim:2", "E:\\twins.wim:3", "E:\\same.iso:2"],
  );
});

Deno.test("rankSources() refuses a place that is too long a path for DISM, but not for an ISO", async () => {
  const host = machine();
  const folder = `E:\\${["a", "b", "c"].map((letter) => letter.repeat(80)).join("\\")}`;
  const long = `${folder}\\${"i".repeat(20)}.wim`;
  const short = `${folder}\\${"i".repeat(9)}.wim`;
  assert.deepEqual([long.length > 259, short.length <= 259], [true, true]);
  for (const path of [long, short]) host.files.put(path, imageFile());
  host.files.put(`${long}.iso`, isoWith({ "install.wim": imageFile() }));
  const { images } = await rankSources(host, PRO, [long, short, `${long}.iso`]);
  assert.deepEqual(
    images.map(({ place, match }) => [place, match.verdict]),
    [[short, "fits"], [`${long}.iso`, "fits"], [long, "unfit"]],
  );
  assert.match(images[2]!.match.reason, /characters, more than the 259 that DISM takes/);
});
