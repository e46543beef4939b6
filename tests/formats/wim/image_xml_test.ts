import assert from "node:assert/strict";
import { FormatError, RefusalError } from "../../../src/base/mod.ts";
import { architectureName } from "../../../src/formats/wim/mod.ts";
import { openBytes } from "./wim_oracles.ts";
import { writeWim } from "./wim_writer.ts";

/** What the XML says, without the complaint that the header says something else. */
async function read(xml: string) {
  const { images, problems, encrypted } = await openBytes(writeWim({ xml }), "t.wim");
  return { images, encrypted, problems: problems.filter(({ kind }) => kind === "image-index") };
}

const FULL = `\ufeff<WIM><TOTALBYTES>5</TOTALBYTES><IMAGE INDEX="6">
<NAME>Windows 11 Pro &amp; N 专业版</NAME><DESCRIPTION> D </DESCRIPTION>
<DISPLAYNAME>Display</DISPLAYNAME><DISPLAYDESCRIPTION>DD</DISPLAYDESCRIPTION><FLAGS>Pro</FLAGS>
<DIRCOUNT>12</DIRCOUNT><FILECOUNT>34</FILECOUNT><TOTALBYTES>0x1F</TOTALBYTES>
<HARDLINKBYTES>7</HARDLINKBYTES>
<CREATIONTIME><HIGHPART>0x01D5ACDF</HIGHPART><LOWPART>0xDFC3FE62</LOWPART></CREATIONTIME>
<WINDOWS><ARCH>12</ARCH><PRODUCTNAME>Microsoft® Windows®</PRODUCTNAME><EDITIONID>ProN</EDITIONID>
<INSTALLATIONTYPE>Client</INSTALLATIONTYPE><LANGUAGES><LANGUAGE>de-DE</LANGUAGE>
<LANGUAGE>en-US</LANGUAGE><FALLBACK LANGUAGE="de-DE">en-US</FALLBACK><DEFAULT>de-DE</DEFAULT>
</LANGUAGES><VERSION><MAJOR>10</MAJOR><MINOR>0</MINOR><BUILD>26100</BUILD><SPBUILD>1742</SPBUILD>
<SPLEVEL>0</SPLEVEL><BRANCH>ge_release_svc_prod3</BRANCH></VERSION></WINDOWS></IMAGE>
<IMAGE INDEX="1"><NAME/></IMAGE></WIM>`;

Deno.test("an image has all that the XML says, sorted by index", async () => {
  const { images, problems, encrypted } = await read(FULL);
  assert.deepEqual([problems, encrypted], [[], false]);
  assert.deepEqual(images.map(({ index }) => index), [1, 6]);
  assert.deepEqual(images[1], {
    index: 6,
    name: "Windows 11 Pro & N 专业版",
    description: "D",
    displayName: "Display",
    displayDescription: "DD",
    flags: "Pro",
    editionId: "ProN",
    productName: "Microsoft® Windows®",
    installationType: "Client",
    architecture: 12,
    languages: ["de-DE", "en-US"],
    defaultLanguage: "de-DE",
    version: {
      major: 10,
      minor: 0,
      build: 26100,
      spBuild: 1742,
      spLevel: 0,
      branch: "ge_release_svc_prod3",
    },
    totalBytes: 31,
    hardLinkBytes: 7,
    directoryCount: 12,
    fileCount: 34,
    created: new Date("2019-12-07T09:22:40.914Z"),
    modified: null,
  });
  const [bare] = images;
  assert.deepEqual(
    [bare!.name, bare!.version, bare!.languages, bare!.created, bare!.architecture],
    [undefined, undefined, [], null, undefined],
  );
});

Deno.test("architectures have names", () => {
  assert.deepEqual([0, 5, 9, 12, 6].map(architectureName), ["x86", "arm", "x64", "arm64", "ia64"]);
  assert.deepEqual([99, undefined].map(architectureName), [undefined, undefined]);
});

Deno.test("images with impossible or equal numbers are told", async () => {
  const { images, problems } = await read(
    '<WIM><IMAGE INDEX="1"><NAME>a</NAME></IMAGE><IMAGE INDEX="1"><NAME>b</NAME></IMAGE>' +
      '<IMAGE/><IMAGE INDEX="0"/><IMAGE INDEX="x"/></WIM>',
  );
  assert.deepEqual(images.map(({ name }) => name), ["a"]);
  assert.deepEqual(problems.map(({ message }) => message.split(": ")[1]), [
    "1",
    "no number",
    "0",
    "x",
  ]);
});

Deno.test("numbers that are none are undefined", async () => {
  const bytes = async (value: string) =>
    (await read(`<WIM><IMAGE INDEX="1"><TOTALBYTES>${value}</TOTALBYTES></IMAGE></WIM>`))
      .images[0]!.totalBytes;
  assert.deepEqual(await Promise.all(["7", " 8 ", "0X10"].map(bytes)), [7, 8, 16]);
  for (const value of ["", "-1", "1e3", "1.5", "0x", "9".repeat(16), "0x" + "f".repeat(20)]) {
    assert.equal(await bytes(value), undefined, value);
  }
});

Deno.test("XML that is not well-formed is refused", async () => {
  const cases = [
    "",
    "<WIM>",
    "<WIM><IMAGE></WIM>",
    "<WIM a='1' a='2'/>",
    "<WIM>&undefined;</WIM>",
    "<WIM>\u0001</WIM>",
    "no xml",
    "<OTHER/>",
    '<!DOCTYPE WIM [<!ENTITY a "b">]><WIM>&a;</WIM>',
    "<a>".repeat(400_000),
    "<WIM>" + "<a/>".repeat(500_001) + "</WIM>",
  ];
  for (const xml of cases) {
    await assert.rejects(read(xml), (error) => {
      assert.ok(error instanceof FormatError, xml.slice(0, 40));
      assert.match(error.message, /Cannot read the image XML of "t.wim": /);
      assert.ok(error.offset !== undefined && error.offset > 208);
      return true;
    });
  }
});

Deno.test("XML without byte order mark or with zeros behind it is read", async () => {
  assert.equal((await read('<WIM><IMAGE INDEX="1"/></WIM>\0\0')).images.length, 1);
});

Deno.test("an encrypted ESD is described and its content refused", async () => {
  const xml = '<WIM><IMAGE INDEX="1"><NAME>Pro</NAME></IMAGE>' +
    "<ESD><ENCRYPTED><KEY>x</KEY></ENCRYPTED></ESD></WIM>";
  const wim = await openBytes(writeWim({ xml }), "e.esd");
  assert.deepEqual([wim.encrypted, wim.images[0]!.name], [true, "Pro"]);
  await assert.rejects(wim.tree(1), (error) => {
    assert.ok(error instanceof RefusalError);
    assert.match(error.message, /"e.esd": the ESD is encrypted/);
    assert.notEqual(error.next, undefined);
    return true;
  });
  assert.equal((await openBytes(writeWim())).encrypted, false);
});
