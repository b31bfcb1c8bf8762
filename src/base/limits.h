/* SPDX-License-Identifier: Apache-2.0 */
/* Every cap on what input may make careen do, each with its reason. Over a cap the thing is an error (CR_ERROR_LIMIT)
 * or a `partial` problem that says what was not read; never a silent cut. */
#pragma once

#define CR_KIB 1024ULL
#define CR_MIB (1024ULL * CR_KIB)
#define CR_GIB (1024ULL * CR_MIB)

/* A manifest, index or config. Docker's and containerd's own cap for manifests is 4 MiB; configs of real images stay
 * under 1 MiB. */
#define CR_LIMIT_DOCUMENT_BYTES (8 * CR_MIB)
/* An index whose manifests are all carried to another place: the largest official images have forty, and their
 * documents together 1 MiB. */
#define CR_LIMIT_INDEX_CARRIED       1000U
#define CR_LIMIT_INDEX_CARRIED_BYTES (64 * CR_MIB)
/* Signatures, attestations and the like of one image: a busy one that is signed every night for a year has 365. */
#define CR_LIMIT_REFERRERS 1000U
/* Layers of one image: overlay's own practical limit is about 500, Docker's is 125. */
#define CR_LIMIT_LAYERS 1000
/* Manifests listed in an index. */
#define CR_LIMIT_INDEX_MANIFESTS 10000
/* Members of an archive of images: 1,000 layers in three files each (docker save's old layout), ten images. Longer
 * names than 256 bytes (a digest in each of three components) belong to no image. */
#define CR_LIMIT_ARCHIVE_MEMBERS 30000U
#define CR_LIMIT_ARCHIVE_NAME    256U
/* Manifests and configs of a compressed archive that are kept while it is streamed: four of the largest. */
#define CR_LIMIT_ARCHIVE_DOCUMENTS (32 * CR_MIB)
/* Unpacked bytes of one layer; the largest known real layers (CUDA, ML) are below 40 GiB. */
#define CR_LIMIT_LAYER_BYTES (256 * CR_GIB)
/* Entries in one layer: ten times the largest seen (3 million files, syft#3800). */
#define CR_LIMIT_LAYER_ENTRIES 30000000U
/* PATH_MAX is 4096; tar can carry more, no kernel opens it. */
#define CR_LIMIT_PATH_BYTES 4096U
/* Path components: 4096 / 2. */
#define CR_LIMIT_PATH_DEPTH 2048U
/* Symbolic links followed in one look-up: Linux' own MAXSYMLINKS. */
#define CR_LIMIT_SYMLINKS 40U
/* A file that a collector wants is held in memory up to this size, above it goes to one unlinked O_TMPFILE per worker.
 */
#define CR_LIMIT_FILE_MEMORY (8 * CR_MIB)
/* …and not looked into at all above this: no program or package database known is larger. */
#define CR_LIMIT_FILE_BYTES (4 * CR_GIB)
/* Names of one content in one image: more are not followed through hard links. */
#define CR_LIMIT_FILE_NAMES 10000U
/* Files that one answer of `careen where` lists: more is no answer that anybody reads. */
#define CR_LIMIT_WHERE_FILES 100000U
/* Files with holes of one layer that are hashed, holes and all: they cost a tar nothing, and time here. */
#define CR_LIMIT_HOLE_BYTES (16 * CR_GIB)
/* A process that reads a layer (image/apart.h): its time on the processor, beside a second for each MiB it has had (a
 * hundred are what a layer takes), and how long it may sleep in all when it is its turn, which no honest one does. */
#define CR_LIMIT_READER_CPU_SECONDS    600U
#define CR_LIMIT_READER_SILENT_SECONDS 600U
/* Bytes that collectors may keep of one layer (package databases of the largest images are below 200 MiB). */
#define CR_LIMIT_KEPT_BYTES (512 * CR_MIB)
/* One kept text file that is not a package database. */
#define CR_LIMIT_SMALL_FILE (1 * CR_MIB)
/* Text kept of one script; longer ones are self-extracting archives and bundles. */
#define CR_LIMIT_SCRIPT_BYTES (256 * CR_KIB)
/* Commands followed in all scripts of one image: the longest entry points have some hundreds, called a few times. */
#define CR_LIMIT_SCRIPT_STEPS 50000U
/* …and in each script that is only named by something: it has no known words, so little of it is decided anyway. */
#define CR_LIMIT_SCRIPT_DOUBT_STEPS 5000U
/* Programs that start programs, functions that call functions, parentheses inside parentheses. */
#define CR_LIMIT_SCRIPT_DEPTH 40U
/* Values a variable may have at one place, and bytes of one. */
#define CR_LIMIT_SCRIPT_VALUES      16U
#define CR_LIMIT_SCRIPT_VALUE_BYTES 4096U
/* Problems recorded for one layer; after it one line says how many more. */
#define CR_LIMIT_LAYER_PROBLEMS 100U
/* Names that are not UTF-8 whose bytes are listed; a mail store or a Latin-1 home has thousands, and nobody reads them.
 */
#define CR_LIMIT_ODD_NAMES 200U
/* A bill of materials: 65,000 packages with two kilobytes each are above; real ones stay below ten megabytes. */
#define CR_LIMIT_SBOM_BYTES (64 * CR_MIB)
/* An earlier report of ours: 1,000 images with 300 packages have 200 MiB. */
#define CR_LIMIT_REPORT_BYTES (512 * CR_MIB)
/* A VEX document: Red Hat's largest have some tens of megabytes. */
#define CR_LIMIT_VEX_BYTES (64 * CR_MIB)
/* JSON: depth (OCI documents need 6), nodes in a tree (a history of 1,000 entries needs 10,000). */
#define CR_LIMIT_JSON_DEPTH 64U
#define CR_LIMIT_JSON_NODES 2000000U
/* Packages in one image: more than the whole of Debian stable has (65,000 for one architecture). They cost some 0.7 KiB
 * each. */
#define CR_LIMIT_PACKAGES 100000U
/* Records read from older copies of a package database to learn which layer brought a package in: 1,000 packages in 125
 * layers are 125,000. */
#define CR_LIMIT_LAYER_RECORDS 2000000U
/* Paths that package databases list: a full Debian desktop with all of TeX has 1 million. */
#define CR_LIMIT_OWNED_PATHS 8000000U
/* Links to folders in the root, usr and var that are other names of one path: usr-merge makes six. */
#define CR_LIMIT_PATH_ALIASES 64U
/* One stanza or field of a package database. The largest in Debian's archive is 100 KiB (linux-headers Depends, texlive
 * descriptions). */
#define CR_LIMIT_STANZA_BYTES (4 * CR_MIB)
/* One record of apk's database, file list included (linux-firmware: 3,500 files, 300 KiB). */
#define CR_LIMIT_RECORD_BYTES (32 * CR_MIB)
/* An unpacked chisel manifest: a chiselled JRE has 2 MiB. */
#define CR_LIMIT_MANIFEST_BYTES (64 * CR_MIB)
/* One record of an rpm database. The largest known (kernel-devel, 20,000 files) are 4 MiB; librpm's own cap of 256 MiB
 * is beyond a scan's memory. Its entries: librpm's own cap. */
#define CR_LIMIT_RPM_HEADER_BYTES   (16 * CR_MIB)
#define CR_LIMIT_RPM_HEADER_ENTRIES 65535U
/* Items of one list in it, files above all: ten times the largest package known (texlive collections, 100,000 files).
 */
#define CR_LIMIT_RPM_FILES 1000000U
/* A compressed package list of an archive (sid main amd64: 9 MiB xz) and its unpacked size (sid: 60 MiB). */
#define CR_LIMIT_LIST_BYTES (512 * CR_MIB)
/* Packages in one list, and what they provide: ten times sid's 70,000, forty times its 100,000. */
#define CR_LIMIT_LIST_PACKAGES 1000000U
#define CR_LIMIT_LIST_PROVIDES 4000000U
/* Words of one item, and blocks inside blocks, of an apt.conf: real ones have two and five. */
#define CR_LIMIT_APT_WORDS 64U
/* Pins of one image, and the depth to which apt follows dependencies (it says 3000; each level is a C frame here). */
#define CR_LIMIT_APT_PINS          10000U
#define CR_LIMIT_APT_DEPTH         1000U
#define CR_LIMIT_APT_ARCHITECTURES 1000U
/* Alternatives in all relations of one package version: linux-headers and texlive stay below 2,000. */
#define CR_LIMIT_APT_RELATIONS 20000U
/* A changelog, unpacked (linux: 3 MiB), the packages that are fetched only for one, and its entries. */
#define CR_LIMIT_CHANGELOG_BYTES   (16 * CR_MIB)
#define CR_LIMIT_CHANGELOG_DEB     (64 * CR_MIB)
#define CR_LIMIT_CHANGELOG_ENTRIES 20000U
/* Files of such a package: texlive and icon themes have 100,000. */
#define CR_LIMIT_CHANGELOG_DEB_ENTRIES 300000U
/* Archives that an image's apt is told to use, URIs times suites: a developer's machine has twenty. */
#define CR_LIMIT_APT_SOURCES 1000U
/* All keys that an image trusts, together: Debian's own are 60 KiB. */
#define CR_LIMIT_KEYRING_BYTES (8 * CR_MIB)
/* An apk index unpacked (Wolfi, the largest: 60 MiB), and the member before it that holds its signatures. */
#define CR_LIMIT_APK_INDEX_BYTES     (256 * CR_MIB)
#define CR_LIMIT_APK_SIGNATURE_BYTES (64 * CR_KIB)
#define CR_LIMIT_APK_CONTROL_BYTES   (16 * CR_MIB) /* .PKGINFO and scripts of one package */
/* primary.xml and updateinfo.xml unpacked: Fedora's everything has 400 MiB. */
#define CR_LIMIT_REPODATA_BYTES (2048 * CR_MIB)
/* Packages that the updates of an rpm image could take in (an image with 300 of a repository of 60,000: 1,000; each
 * costs 3.2 KiB). */
#define CR_LIMIT_RPM_SOLVABLES 15000U
/* All relations of what an rpm database has installed, as text: 2,000 packages have 6 MiB. */
#define CR_LIMIT_RPM_RELATION_BYTES (32 * CR_MIB)
/* A list of mirrors: Fedora's metalinks have 300 in 60 KiB. */
#define CR_LIMIT_MIRRORS_BYTES (1 * CR_MIB)
/* Repositories that an image configures: real ones have two, of rpm thirty. */
#define CR_LIMIT_REPOSITORIES 1000U
/* A signed Release file. */
#define CR_LIMIT_RELEASE_BYTES (16 * CR_MIB)
/* Answers of daemons that are read whole (inspect, lists). */
#define CR_LIMIT_HTTP_BODY (64 * CR_MIB)
/* Local images of one daemon that the fleet's graph looks at: a build host that never cleans up has 5,000. */
#define CR_LIMIT_FLEET_IMAGES 20000U
/* Dockerfiles, Compose files and manifests that one pattern of careen.yaml may stand for: the largest public
 * collections of them have some thousands. */
#define CR_LIMIT_FLEET_FILES 5000U
/* Registries' answers that are waited for together. */
#define CR_LIMIT_REGISTRIES_AT_ONCE 8U
/* The packages that carry support data are below 100 KiB; unpacked below 1 MiB, a dozen files among three dozen
 * entries. */
#define CR_LIMIT_SUPPORT_DEB_BYTES (16 * CR_MIB)
#define CR_LIMIT_SUPPORT_FILES     100U
#define CR_LIMIT_SUPPORT_ENTRIES   10000U
/* zstd's window: 2^27 is what `zstd` itself allows without --long. */
#define CR_LIMIT_ZSTD_WINDOW_LOG 27
/* liblzma's memory: xz -9 needs 65 MiB to unpack; more would be an attack. */
#define CR_LIMIT_XZ_MEMORY (72 * CR_MIB)
/* ELF: program headers (a real file has 15), section headers (with -ffunction-sections in debug files tens of
 * thousands), entries of the dynamic section (60), libraries needed (the largest, Chromium, needs 60). */
#define CR_LIMIT_ELF_SEGMENTS 512U
#define CR_LIMIT_ELF_SECTIONS 65535U
#define CR_LIMIT_ELF_DYNAMIC  4096U
#define CR_LIMIT_ELF_NEEDED   2048U
/* Strings kept of one ELF file because they name a library, a path or a program: systemd, with the most seen, has
 * 2,500. */
#define CR_LIMIT_ELF_STRINGS      8192U
#define CR_LIMIT_ELF_STRING_BYTES (256 * CR_KIB)
/* Surroundings (environments, working folders) that one file is judged in; scripts change them a few times, an attack
 * ever so often. */
#define CR_LIMIT_REACH_CONTEXTS 16U
/* Look-ups of the loader in one image: 5,000 programs with 50 libraries each, found in the third folder, are below. */
#define CR_LIMIT_LOADER_STEPS 2000000U
/* Included files of ld.so.conf; ldconfig itself has no limit, systems have a handful. */
#define CR_LIMIT_LD_CONF_FILES 200U
/* Libraries that loaded each other, from a program down; real chains end at a dozen. */
#define CR_LIMIT_LOADER_DEPTH 1000U
/* Configuration files followed for one program, how deep they include each other, and lines kept of one. */
#define CR_LIMIT_CONFIG_FILES      2000U
#define CR_LIMIT_CONFIG_DEPTH      10U
#define CR_LIMIT_CONFIG_KEPT_BYTES (64 * CR_KIB)
/* Folders that one ELF file names and that exist; real ones name up to 40. */
#define CR_LIMIT_ELF_FOLDERS 200U
/* Words of one command line that are looked at as names of files. */
#define CR_LIMIT_ARGUMENT_WORDS 1000U
/* Advisories. One record of a feed: a kernel's erratum with 2,000 packages has 2 MiB; all flaws of one source package
 * in Debian's tracker (linux) 8 MiB. */
#define CR_LIMIT_FEED_RECORD_BYTES (64 * CR_MIB)
/* Records of one file: npm's archive, with the malicious packages, has 250,000. */
#define CR_LIMIT_FEED_RECORDS 5000000U
/* A feed's file as it is fetched, and unpacked: npm's archive is 200 MiB, unpacked 600. */
#define CR_LIMIT_FEED_BYTES          (4 * CR_GIB)
#define CR_LIMIT_FEED_UNPACKED_BYTES (32 * CR_GIB)
/* Of one record: packages, names of the flaw (a kernel's erratum names 1,000), ranges of one package, events of one
 * range (Go's oldest have 20), versions listed one by one (PyPI: 3,000), symbols of one Go module. */
#define CR_LIMIT_ADVISORY_PACKAGES 100000U
#define CR_LIMIT_ADVISORY_NAMES    20000U
#define CR_LIMIT_ADVISORY_RANGES   10000U
#define CR_LIMIT_ADVISORY_EVENTS   10000U
#define CR_LIMIT_ADVISORY_VERSIONS 100000U
#define CR_LIMIT_ADVISORY_SYMBOLS  20000U
/* A name, a version, a vector: Go's longest module path has 150 characters. */
#define CR_LIMIT_ADVISORY_TEXT 1024U
/* A summary is cut here, at a character's end: it is one line of a report. */
#define CR_LIMIT_ADVISORY_SUMMARY 240U
/* Names that one flaw has by way of each other: more is a chain of mistakes, not one flaw. */
#define CR_LIMIT_ADVISORY_ALIASES 64U
/* Modules or crates of one program (Kubernetes: 300, the largest Rust programs: 1,500), and its functions (Kubernetes:
 * 120,000). */
#define CR_LIMIT_BUILD_PARTS   20000U
#define CR_LIMIT_BUILD_SYMBOLS 2000000U
/* An unpacked list of crates: 100 bytes each. */
#define CR_LIMIT_BUILD_LIST_BYTES (8 * CR_MIB)
/* Java archives in archives (ear, war, jar: three), how many in one (the largest Spring Boot programs have 400), one of
 * them when it must be unpacked, and all that is unpacked of one file: what is packed in archives that are packed is an
 * attack beyond this. */
#define CR_LIMIT_JAR_DEPTH        4U
#define CR_LIMIT_JAR_ARCHIVES     5000U
#define CR_LIMIT_JAR_NESTED_BYTES (24 * CR_MIB)
#define CR_LIMIT_JAR_BYTES        (512 * CR_MIB)
/* What is told of one of them that was not read. */
#define CR_LIMIT_JAR_PROBLEMS 20U
/* One file of /proc: maps of a JVM with 60,000 mappings (vm.max_map_count) are 6 MiB. */
#define CR_LIMIT_PROC_FILE (32 * CR_MIB)
/* One line of an engine's progress, event or build output: longer ones are cut. */
#define CR_LIMIT_ENGINE_LINE (64 * CR_KIB)
/* A Dockerfile, Compose file or manifest: the largest known generated ones have some hundred KiB. */
#define CR_LIMIT_RECIPE_BYTES (1 * CR_MIB)
/* Stages of a Dockerfile: generated ones have some dozens. */
#define CR_LIMIT_RECIPE_STAGES 1000U
/* A build context: with more, `docker build` takes minutes before its first step. Descriptors: one for each folder on
 * the way down. */
#define CR_LIMIT_CONTEXT_BYTES   (8 * CR_GIB - 1)
#define CR_LIMIT_CONTEXT_ENTRIES 1000000U
#define CR_LIMIT_CONTEXT_DEPTH   200U
/* Seconds that a new container is waited for and watched: databases replay their logs for minutes; a health check that
 * allows more would hold up everything behind it. */
#define CR_LIMIT_GATE_SECONDS 3600U
/* What the record keeps of one look at an image, unpacked: 5,000 findings with 700 bytes each are 3.5 MiB. */
#define CR_LIMIT_SEEN_REPORT_BYTES (32 * CR_MIB)
/* How long an image that is nowhere any more stays on record: a quarter, so that last quarter's incident can be asked
 * about. */
#define CR_LIMIT_RECORD_SECONDS (90 * 86400)
