# SPDX-License-Identifier: Apache-2.0
"""The commands of a page and the screens under them: read, run in order, compared, and written again (tools/screens).

A block of `sh` is a script that is run whole. In a block of `console` each line after "$ " is a command (lines after "> " go
on with it), and what follows is its screen. A block below <!-- tried by FILE --> is tried by that one and is not run here: where a
screen wants an engine, a registry or a failure, the oracle that has it compares what it got with the page (compare_page).

Compared is the shape and never what a day's data decide. The archives and the advisories are others tomorrow: one flaw more,
another version, a section that appears because there is something to say, a line that wraps because a name is longer. A test
that compares those is right on the day it is written and wrong on the next. So of a screen only this is looked at:
- the headings it shows are headings that the program has, and those that both have come in one order;
- its first line is made of the same kinds of fields (a reference, a digest, a platform; or a verdict in capitals);
- where page and program come to the same verdict: the headings that always go with it, and which command `next:` names;
- the exit code: what the page expects, or 3 when the report itself names what could not be looked at.
Not compared, on purpose: numbers, versions, names of flaws and packages, dates, digests, how many lines there are."""
import os, pathlib, re, subprocess

top = pathlib.Path(__file__).resolve().parent.parent.parent
HEADING = re.compile(r"[A-Z]{2,}(?:,? [A-Z]{2,}\b)*\b(?![-A-Za-z])")
# What a verdict always comes with, by what it means: an update that is pending is shown, a patch has its proof.
GOES_WITH = {'PATCH NOW': {'READY TO INSTALL', 'WHO WATCHES'}, 'PATCHED': {'FIXED', 'PROOF', 'RESULT'}}


class Block:
    def __init__(self, language, text, line, tried_by):
        self.language, self.text, self.line, self.tried_by = language, text, line, tried_by


class Command:
    """One command, the screen that the page shows for it (None: none), and where."""

    def __init__(self, text, screen, line):
        self.text, self.screen, self.line = text, screen, line

    def __repr__(self):
        return self.text.split('\n')[0]


def read_blocks(page):
    lines, blocks, tried_by, at = page.split('\n'), [], None, 0
    while at < len(lines):
        if m := re.fullmatch(r'<!-- tried by ([a-z/.-]+) -->', lines[at]):
            tried_by = m[1]
        elif m := re.fullmatch(r'```([a-z]*)', lines[at]):
            end = lines.index('```', at + 1)
            blocks.append(Block(m[1], '\n'.join(lines[at + 1:end]), at + 2, tried_by))
            at, tried_by = end, None
        elif lines[at].strip():
            tried_by = None
        at += 1
    return blocks


def read_commands(page, whoever=False):
    """In the order in which they are to be run; with WHOEVER those that others try, too."""
    commands = []
    for block in read_blocks(page):
        if block.tried_by and not whoever:
            continue
        if block.language == 'sh':
            commands.append(Command(block.text, None, block.line))
        if block.language == 'console' or block.language == '' and block.text.startswith('$ '):
            for number, line in enumerate(block.text.split('\n'), block.line):
                if line.startswith('$ '):
                    commands.append(Command(line[2:], [], number))
                elif line.startswith('> ') and not commands[-1].screen:
                    commands[-1].text += '\n' + line[2:]
                else:
                    commands[-1].screen.append(line)
    return commands


def find_command(page, begin):
    """The one command of PAGE ("doc/fleet.md") that begins so, whoever tries it."""
    found = [c for c in read_commands((top / page).read_text(), whoever=True) if c.text.startswith(begin)]
    if len(found) != 1:
        raise LookupError(f'{page} has {len(found)} commands that begin with "{begin}"')
    return found[0]


def shape_line(line):
    """The words of a line; what is a number, a name with a place or a tag, a digest or a time is "·", and so are quotes and one or many."""
    words = [word.strip(".,;:()'") for word in line.split()]
    return ' '.join('·' if re.search(r'[0-9/:]', word) else re.sub(r'(?<=[a-z]{3})s$', '', word) for word in words)


def compare_page(page, begin, real, names=(), leave=()):
    """What of the page's screen REAL does not have, as sentences. REAL is of a fixture and not of a day: each line of the page must be among its
    lines (shape_line), beside what compare() asks. NAMES: what the fixture calls as the page does not, [(its, the page's)]. LEAVE: words of lines that the
    fixture cannot have."""
    for its, ours in names:
        real = real.replace(its, ours)
    shown = find_command(page, begin).screen
    there = {shape_line(line) for line in real.split('\n')}
    return compare(shown, real, known_headings()) + [f'{page}: "{line.strip()}" is no line of {real}' for line in shown
                                                    if shape_line(line) not in there and not any(word in line.split() for word in leave)]


def run(command, folder, environment, timeout=900):
    """Exit code, standard output, standard error. The next command is to be run in the folder where this one ended."""
    where = pathlib.Path(environment['SCREENS_WHERE'])
    script = f'set -e\n{command.text}\n'
    done = subprocess.run(['bash', '-c', f'trap \'pwd >"$SCREENS_WHERE"\' EXIT\n{script}'], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=timeout)
    return done.returncode, done.stdout, done.stderr, where.read_text().strip()


def list_headings(lines):
    return [m[0] for line in lines if (m := HEADING.match(line))]


def known_headings():
    """All that the program has in capitals at the begin of a text."""
    found = set()
    for file in (top / 'src').rglob('*.c'):
        for literal in re.findall(r'"((?:[^"\\\n]|\\.)*)"', file.read_text()):
            if m := HEADING.match(re.sub(r'^(\\n)+', '', literal)):
                found.add(m[0])
    return found | {'LOADED', 'POSSIBLE', 'UNREACHED', 'UNKNOWN'}  # the levels of reach, which `why` writes in capitals


def kinds(line):
    """What the fields of a line are."""
    table = [('digest', r'sha256:[0-9a-f]+…?'), ('platform', r'[a-z]+/[a-z0-9]+(/[a-z0-9]+)?'), ('heading', HEADING.pattern), ('number', r'[0-9]+'),
             ('time', r'\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?')]
    return [next((kind for kind, pattern in table if re.fullmatch(pattern, field)), 'text') for field in re.split(r' {2,}', line.strip())]


def find_verdict(lines):
    """The first heading: "PATCH NOW", "DONE"."""
    return next(iter(list_headings(lines)), None)


def find_next(lines):
    return next((line.split()[1:3] for line in lines if line.startswith('next: ')), None)


def compare(shown, real, known):
    """What of the shape differs, as sentences; see the head of this file for what is not asked, and why."""
    faults, shown = [], [line for line in shown]
    real = real.split('\n') if isinstance(real, str) else real
    for heading in list_headings(shown):
        if heading not in known:
            faults.append(f'the program has no heading "{heading}"')
    ours, theirs = list(dict.fromkeys(list_headings(shown))), list(dict.fromkeys(list_headings(real)))
    both = [h for h in ours if h in theirs]
    if both != [h for h in theirs if h in ours]:
        faults.append(f'headings come in another order: {theirs}')
    first = [next((line for line in lines if line.strip()), '') for lines in (shown, real)]
    for a, b in zip(kinds(first[0]), kinds(first[1])):
        if a != b:
            faults.append(f'the first line has another shape: {first[1]!r}')
            break
    verdict = find_verdict(real)
    if verdict and verdict == find_verdict(shown):
        for heading in sorted(GOES_WITH.get(verdict, set()) - set(theirs)):
            faults.append(f'"{verdict}" comes without "{heading}"')
        for heading in sorted(GOES_WITH.get(verdict, set()) - set(ours)):
            faults.append(f'"{verdict}" is shown without "{heading}"')
        if find_next(shown) != find_next(real):
            faults.append(f'what is next is another command: {find_next(real)}')
    return faults


def without_podman(folder):
    """A PATH like this one's without Podman: there is one for the whole machine, and what is in it is no part of a page."""
    folder.mkdir()
    for place in os.environ['PATH'].split(':'):
        for program in pathlib.Path(place).glob('*'):
            link = folder / program.name
            if program.name != 'podman' and not link.is_symlink():
                link.symlink_to(program)
    return str(folder)


def prepare(work, careen, **more):
    """An environment in which the pages' `careen` is this one, with a state and a cache of its own."""
    path = without_podman(work / 'bin')
    (work / 'own').mkdir()
    (work / 'own' / 'careen').symlink_to(careen)
    kept = {name: value for name, value in os.environ.items() if not name.startswith('CAREEN_') or name == 'CAREEN_LOCK_DIR'}
    return {**kept, 'PATH': f'{work}/own:{path}', 'XDG_CACHE_HOME': f'{work}/cache', 'XDG_STATE_HOME': f'{work}/state', 'XDG_CONFIG_HOME': f'{work}/config',
            'CAREEN_METERED': 'no', 'SCREENS_WHERE': f'{work}/where', **more}


def find_useless_archive(out):
    """Where a mirror is away, or so old that its lists have expired, there is nothing that a page could show: that line of the report."""
    found = re.search(r'^  (?:partial|blind)  (archive bookworm.*(?:\n    .*)*)', out, re.M)
    return found and ' '.join(found[1].split())


def judge_exit(command, code, out, err):
    """None where that is how it may end. 3 is an answer where the report names what could not be looked at, and the
    public feeds of advisories cannot be reached from everywhere."""
    if code == 0 or code == 3 and (re.search(r'^  (partial|blind)  ', out, re.M) or command.text.startswith('careen watch')):
        return None  # (watch names it in a line of its own kind; what it was to do is asked of docker)
    if code in (3, 4) and command.text.startswith('careen db update') and 'cannot ' in out + err:
        return None
    return f'exit {code}: {(out + err)[-900:]}'


def write(page, again):
    """The page with these screens: {line of the command: what it printed}."""
    lines, result, at = page.split('\n'), [], 0
    while at < len(lines):
        result.append(lines[at])
        at += 1
        printed = again.get(at)
        if printed is None:
            continue
        while lines[at].startswith('> '):
            result.append(lines[at])
            at += 1
        result += [line.rstrip() for line in printed.strip('\n').split('\n')]
        while not lines[at].startswith(('$ ', '```')):
            at += 1
    return '\n'.join(result)
