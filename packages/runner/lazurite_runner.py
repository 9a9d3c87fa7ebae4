#!/usr/bin/env python3
"""The process around a user's command: starts it, limits it, ends it, and writes down what happened.

  lazurite_runner.py run ATTEMPT_DIR METHOD   run the task in ATTEMPT_DIR/task.json; METHOD as probed
  lazurite_runner.py probe                    print the best isolation this machine allows, as JSON
  lazurite_runner.py sweep ATTEMPT_DIR        end what a killed runner left behind (processes that write its log)

Nobody needs to watch it: it outlives the server, keeps the time limit by itself, and the facts are files.

  task.json  --run-->  state.json {starting} --> state.json {running} --> exit.json
                       `cancel` (a file) or SIGTERM: SIGTERM to all, grace, SIGKILL

Python 3.9 or newer, standard library only. Source: design/architecture.md section 6, findings-engines.md section 1.
"""

import errno
import fcntl
import json
import os
import select
import signal
import sys
import time

VERSION = 1
LINUX = sys.platform.startswith("linux")
RESERVED_BYTES = 4096
CANCEL_CHECK_SECONDS = 1.0
KILL_AGAIN_SECONDS = 0.2
LEFTOVER_SECONDS = 5.0

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
MS_NOSUID_NODEV_NOEXEC = 2 | 4 | 8
MS_REC_SLAVE = 0x4000 | 0x80000


class StartFailed(Exception):
    """The command could not be started; the message says why."""


# ---- the kernel -------------------------------------------------------------------------------------------------


def libc():
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def checked(result):
    if result != 0:
        import ctypes

        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def die_with_parent():
    if LINUX:
        checked(libc().prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0))


def become_subreaper():
    """Orphans of the command become our children, so none can hide by a double fork or setsid."""
    if LINUX:
        checked(libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))


def unshare_pids():
    """Our next child is process 1 of a new pid namespace. Without privilege, in a user namespace that keeps the uid."""
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        checked(libc().unshare(CLONE_NEWPID))
        return
    checked(libc().unshare(CLONE_NEWUSER | CLONE_NEWPID))
    write_text("/proc/self/setgroups", "deny")
    write_text("/proc/self/uid_map", "%d %d 1" % (uid, uid))
    write_text("/proc/self/gid_map", "%d %d 1" % (gid, gid))


def mount_own_proc():
    c = libc()
    checked(c.unshare(CLONE_NEWNS))
    checked(c.mount(b"none", b"/", None, MS_REC_SLAVE, None))
    checked(c.mount(b"proc", b"/proc", b"proc", MS_NOSUID_NODEV_NOEXEC, None))


def boot_id():
    if LINUX:
        return read_text("/proc/sys/kernel/random/boot_id").strip()
    return output_of(["sysctl", "-n", "kern.bootsessionuuid"])


def processes():
    """{pid: (ppid, group, start)} of the living. group: what the command's setsid made different from ours."""
    if not LINUX:
        rows = {}
        for line in output_of(["ps", "-axo", "pid=,ppid=,pgid=,stat=,lstart="]).splitlines():
            fields = line.split(None, 4)
            if len(fields) == 5 and not fields[3].startswith("Z"):
                rows[int(fields[0])] = (int(fields[1]), int(fields[2]), fields[4].strip())
        return rows
    rows = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            row = stat_of(int(name))
            if row is not None:
                rows[int(name)] = row
    return rows


def stat_of(pid):
    """(ppid, session, start ticks), or None when there is no such process or only its zombie."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    if len(fields) < 20 or fields[0] in (b"Z", b"X"):
        return None
    return int(fields[1]), int(fields[3]), fields[19].decode()


def start_of(pid):
    row = stat_of(pid) if LINUX else processes().get(pid)
    return None if row is None else row[2]


def own_group():
    return os.getsid(0) if LINUX else os.getpgrp()


def descendants():
    """[(pid, group, start)] of everything below this process."""
    table = processes()
    children = {}
    for pid, row in table.items():
        children.setdefault(row[0], []).append(pid)
    found, queue = [], [os.getpid()]
    while queue:
        for pid in children.get(queue.pop(), ()):
            found.append((pid, table[pid][1], table[pid][2]))
            queue.append(pid)
    return found


def send(pid, start, number):
    """Signals exactly that process: never one that took over its number."""
    if not (LINUX and hasattr(os, "pidfd_open")):
        if start_of(pid) == start:
            ignore(os.kill, pid, number)
        return
    try:
        handle = os.pidfd_open(pid)
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EPERM) and start_of(pid) == start:
            ignore(os.kill, pid, number)
        return
    try:
        if start_of(pid) == start:
            ignore(signal.pidfd_send_signal, handle, number)
    finally:
        os.close(handle)


def ignore(call, *arguments):
    try:
        call(*arguments)
    except OSError:
        pass


def signal_all(number, with_own=False):
    """Signals the command and everything below it; our own helpers in between only when asked to. Returns how many."""
    ours = own_group()
    targets = [row for row in descendants() if with_own or row[1] != ours]
    for pid, _, start in targets:
        send(pid, start, number)
    return len(targets)


# ---- files ------------------------------------------------------------------------------------------------------


def read_text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write_text(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def output_of(argv):
    import subprocess

    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout.decode().strip()


def sync_folder(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        ignore(os.fsync, handle)
    finally:
        os.close(handle)


class Attempt:
    """The folder of one attempt and the three records in it."""

    def __init__(self, folder):
        self.folder = folder
        self.isolation = "none"
        self.started = time.monotonic()
        self.started_at = time.time()

    def path(self, name):
        return os.path.join(self.folder, name)

    def lock(self):
        """False when another runner has this attempt. The kernel lets go of the lock when we end, however we end."""
        handle = os.open(self.path("runner.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return not any(os.path.exists(self.path(name)) for name in ("state.json", "exit.json"))

    def is_canceled(self):
        return os.path.exists(self.path("cancel"))

    def reserve(self):
        """Room for the records to come, taken now: a disk that fills up later cannot silence the end of the job."""
        for name in ("exit.json.tmp", "state.json.tmp"):
            handle = os.open(self.path(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                if os.write(handle, b" " * RESERVED_BYTES) != RESERVED_BYTES:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(handle)
            finally:
                os.close(handle)

    def save_over(self, name, final, content):
        """Writes over a reserved file, which needs no new disk blocks, and renames it to its final name."""
        handle = os.open(self.path(name), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            if os.write(handle, content) != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.ftruncate(handle, len(content))
            os.fsync(handle)
        finally:
            os.close(handle)
        os.rename(self.path(name), self.path(final))
        sync_folder(self.folder)

    def save_state(self, fields):
        record = {"version": VERSION, "bootId": boot_id(), "startedAt": self.started_at, "isolation": self.isolation}
        record["runner"] = {"pid": os.getpid(), "start": start_of(os.getpid())}
        record.update(fields)
        self.save_over("state.json.tmp", "state.json", json.dumps(record).encode())

    def save_exit(self, kind, **fields):
        record = {"version": VERSION, "kind": kind, "isolation": self.isolation, "seconds": round(time.monotonic() - self.started, 3)}
        record.update({"startedAt": self.started_at, "endedAt": time.time(), "cpuSeconds": 0, "maxRssBytes": 0})
        record.update(fields)
        record["message"] = str(record.get("message", ""))[:1000]
        content = json.dumps(record).encode()
        # Before the reserve exists, the task's own file serves as one.
        for name in ("exit.json.tmp", "task.json"):
            try:
                self.save_over(name, "exit.json", content)
                ignore(os.unlink, self.path("task.json"))
                return
            except OSError as error:
                failure = error
        raise failure

    def load_task(self):
        try:
            task = json.loads(read_text(self.path("task.json")))
            for name, kind in (("command", str), ("workingDir", str), ("logFile", str), ("environment", dict)):
                if not isinstance(task.get(name), kind):
                    raise ValueError("`%s` is missing or not a %s" % (name, kind.__name__))
            return task
        except (OSError, ValueError) as error:
            raise StartFailed("The task file cannot be read: %s" % error) from error


# ---- the command ------------------------------------------------------------------------------------------------


def raw(text):
    return text.encode("utf-8", "surrogateescape")


def start_command(task):
    """Starts `bash -c` in a session of its own with exactly the given environment. Returns its pid once it really runs."""
    bash = next((path for path in ("/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/opt/homebrew/bin/bash") if os.access(path, os.X_OK)), None)
    if bash is None:
        raise StartFailed("There is no bash on this machine.")
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        doing = "start a session"
        try:
            os.setsid()
            die_with_parent()
            doing = "open the log %s" % task["logFile"]
            os.makedirs(os.path.dirname(raw(task["logFile"])), exist_ok=True)
            log = os.open(raw(task["logFile"]), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            doing = "enter the working folder %s" % task["workingDir"]
            os.chdir(raw(task["workingDir"]))
            nothing = os.open("/dev/null", os.O_RDONLY)
            os.dup2(nothing, 0)
            os.dup2(log, 1)
            os.dup2(log, 2)
            doing = "start %s" % bash
            for number in signal.valid_signals():
                if number not in (signal.SIGKILL, signal.SIGSTOP):
                    try:
                        signal.signal(number, signal.SIG_DFL)
                    except (OSError, ValueError):
                        pass
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            environment = {raw(name): raw(value) for name, value in task["environment"].items()}
            os.execve(bash, [b"bash", b"-c", raw(task["command"])], environment)
        except BaseException as error:
            words = getattr(error, "strerror", None) or str(error)
            ignore(os.write, writer, ("Cannot %s: %s" % (doing, words)).encode("utf-8", "replace")[:2000])
        finally:
            os._exit(127)
    os.close(writer)
    words = b""
    while True:
        part = os.read(reader, 4096)
        if not part:
            break
        words += part
    os.close(reader)
    if words:
        os.waitpid(pid, 0)
        raise StartFailed(words.decode("utf-8", "replace"))
    return pid


class Usage:
    def __init__(self):
        self.cpu = 0.0
        self.rss = 0

    def add(self, usage):
        self.cpu += usage.ru_utime + usage.ru_stime
        self.rss = max(self.rss, usage.ru_maxrss * (1024 if LINUX else 1))


def run_inside(task, report):
    """Inside the namespace: start the command, reap everything, report its end. Our end is the end of the namespace."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)

    def tell(record):
        os.write(report, (json.dumps(record) + "\n").encode())

    try:
        main = start_command(task)
    except StartFailed as error:
        tell({"failed": str(error)})
        return
    tell({"started": main})
    usage = Usage()
    while True:
        pid, status, used = os.wait4(-1, 0)
        usage.add(used)
        if pid == main:
            tell({"status": status, "cpu": usage.cpu, "rss": usage.rss})
            return


def fork_inside(task, report, reader):
    """A child that is process 1 of the namespace made by unshare_pids."""
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reader)
            die_with_parent()
            poller = select.poll()
            poller.register(report, 0)
            if poller.poll(0):
                os._exit(1)  # the runner died before we asked to die with it
            mount_own_proc()
            run_inside(task, report)
        except BaseException as error:
            ignore(os.write, report, (json.dumps({"failed": "The pid namespace could not be set up: %s" % error}) + "\n").encode())
        finally:
            os._exit(0)
    return pid


def bwrap_argv(bwrap):
    return [bwrap, "--dev-bind", "/", "/", "--proc", "/proc", "--unshare-pid", "--die-with-parent", "--"]


def fork_bwrap(attempt, report):
    bwrap = find_bwrap()
    if bwrap is None:
        raise OSError(errno.ENOENT, "bwrap is not on PATH")
    pid = os.fork()
    if pid == 0:
        try:
            os.set_inheritable(report, True)
            inner = [sys.executable, "-I", "-S", os.path.abspath(__file__), "inside", attempt.folder, str(report)]
            os.execv(bwrap, bwrap_argv(bwrap) + inner)
        finally:
            os._exit(127)
    return pid


def find_bwrap():
    for folder in os.environ.get("PATH", "/usr/bin:/bin").split(":"):
        path = os.path.join(folder or ".", "bwrap")
        if os.access(path, os.X_OK):
            return path
    return None


# ---- run --------------------------------------------------------------------------------------------------------


class Runner:
    def __init__(self, attempt, method):
        self.attempt = attempt
        self.method = method
        self.term = False
        self.child = 0
        self.report = None
        self.pending = b""
        self.facts = {}
        self.status = None
        self.usage = Usage()
        self.wake, wake_writer = os.pipe()
        os.set_blocking(self.wake, False)
        os.set_blocking(wake_writer, False)
        # Why: a signal writes to the pipe, so select() below can never sleep through the end of a child or a cancel.
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self.on_term)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def on_term(self, number, frame):
        self.term = True

    def run(self):
        attempt = self.attempt
        try:
            attempt.reserve()
            task = attempt.load_task()
            attempt.save_state({"phase": "starting", "logFile": task["logFile"]})
            attempt.reserve()
            if self.term or attempt.is_canceled():
                attempt.save_exit("canceled", message="canceled before it started")
                return
            ignore(become_subreaper)
            self.start(task)
        except (StartFailed, OSError) as error:
            words = str(error) if isinstance(error, StartFailed) else "The runner cannot write its records in %s: %s" % (attempt.folder, error.strerror)
            attempt.save_exit("startFailed", message=words)
            return
        # The command runs: a record that cannot be written is no reason to end it, the first one names this runner too.
        ignore(attempt.save_state, {"phase": "running", "logFile": task["logFile"], "command": {"pid": self.child, "start": start_of(self.child)}})
        # Why: the task holds the command's environment, and with it the tokens of the job.
        ignore(os.unlink, attempt.path("task.json"))
        stopped = self.watch(float(task.get("timeoutSeconds") or 0), float(task.get("graceSeconds") or 0))
        self.end_all()
        self.finish(stopped)

    def start(self, task):
        attempt = self.attempt
        attempt.started, attempt.started_at = time.monotonic(), time.time()
        if self.method in ("namespace", "bwrap"):
            reader, writer = os.pipe()
            try:
                if self.method == "namespace":
                    unshare_pids()
                    self.child = fork_inside(task, writer, reader)
                else:
                    self.child = fork_bwrap(attempt, writer)
            except OSError as error:
                raise StartFailed("The isolation %s that was chosen for this machine failed: %s" % (self.method, error)) from error
            os.close(writer)
            self.report = reader
            attempt.isolation = "pid-namespace"
            while "started" not in self.facts and "failed" not in self.facts:
                if not self.read_report():
                    break
            if "started" not in self.facts:
                raise StartFailed(self.facts.get("failed", "The isolation %s ended before the command began." % self.method))
        else:
            attempt.isolation = "process-group"
            self.child = start_command(task)

    def read_report(self):
        part = os.read(self.report, 65536)
        self.pending += part
        *lines, self.pending = self.pending.split(b"\n")
        for line in lines:
            self.facts.update(json.loads(line))
        return bool(part)

    def reap(self):
        while True:
            try:
                pid, status, used = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.usage.add(used)
            if pid == self.child:
                self.status = status

    def watch(self, timeout, grace):
        """Until the command ended. Returns why we ended it, if we did."""
        deadline = self.attempt.started + timeout if timeout > 0 else None
        stopped, kill_at, kills = None, None, 0
        while True:
            now = time.monotonic()
            moments = [now + CANCEL_CHECK_SECONDS] + [m for m in (kill_at, deadline if stopped is None else None) if m is not None]
            ready = select.select([self.wake], [], [], max(0.0, min(moments) - now))[0]
            if ready:
                ignore(os.read, self.wake, 65536)
            self.reap()
            if self.status is not None:
                return stopped
            now = time.monotonic()
            if stopped is None:
                if self.term or self.attempt.is_canceled():
                    stopped = "canceled"
                elif deadline is not None and now >= deadline:
                    stopped = "timeout"
                if stopped is not None:
                    kill_at = now + grace
                    signal_all(signal.SIGTERM)
            if kill_at is not None and now >= kill_at:
                # Our own helper inside the namespace goes last, so that it can still report what the command used.
                signal_all(signal.SIGKILL, with_own=kills > 2)
                kills += 1
                kill_at = now + KILL_AGAIN_SECONDS

    def end_all(self):
        """Nothing of the command outlives it: background children, daemons, setsid escapees."""
        until = time.monotonic() + LEFTOVER_SECONDS
        while signal_all(signal.SIGKILL, with_own=True) > 0 and time.monotonic() < until:
            select.select([self.wake], [], [], 0.01)
            ignore(os.read, self.wake, 65536)
            self.reap()
        self.reap()

    def finish(self, stopped):
        status, cpu, rss = self.status, self.usage.cpu, self.usage.rss
        if self.report is not None:
            while self.read_report():
                pass
            if "status" in self.facts:
                status, cpu, rss = self.facts["status"], self.facts["cpu"], self.facts["rss"]
            elif stopped is None:
                stopped_by = "The isolation ended before the command did: it was killed from outside."
                self.attempt.save_exit("signaled", signal="SIGKILL", message=stopped_by, cpuSeconds=round(cpu, 3), maxRssBytes=rss)
                return
        fields = {"cpuSeconds": round(cpu, 3), "maxRssBytes": rss}
        if os.WIFSIGNALED(status):
            kind, number = "signaled", os.WTERMSIG(status)
            try:
                fields["signal"] = signal.Signals(number).name
            except ValueError:
                fields["signal"] = "SIG%d" % number
        else:
            kind = "exited"
            fields["exitCode"] = os.WEXITSTATUS(status)
        self.attempt.save_exit(stopped or kind, reason=stopped or "", **fields)


# ---- probe and sweep --------------------------------------------------------------------------------------------


def can_unshare():
    if not LINUX:
        return False
    pid = os.fork()
    if pid == 0:
        try:
            unshare_pids()
            inner = os.fork()
            if inner == 0:
                try:
                    mount_own_proc()
                    os._exit(0 if os.getpid() == 1 and os.path.exists("/proc/1/stat") else 1)
                finally:
                    os._exit(1)
            os._exit(0 if os.waitpid(inner, 0)[1] == 0 else 1)
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def can_bwrap():
    bwrap = find_bwrap()
    if not LINUX or bwrap is None:
        return False
    pid = os.fork()
    if pid == 0:
        try:
            nothing = os.open("/dev/null", os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(nothing, number)
            os.execv(bwrap, bwrap_argv(bwrap) + ["/bin/sh", "-c", "exit 0"])
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def probe():
    method = "namespace" if can_unshare() else "bwrap" if can_bwrap() else "process-group"
    print(json.dumps({"method": method, "python": "%d.%d.%d" % sys.version_info[:3]}))


def sweep(folder):
    """After a runner was killed: end the processes of its job, known by writing their output to the job's log."""
    state = json.loads(read_text(os.path.join(folder, "state.json")))
    ended = 0
    if LINUX and state["bootId"] == boot_id() and start_of(state["runner"]["pid"]) != state["runner"]["start"]:
        log = os.path.realpath(state["logFile"])
        for _ in range(20):
            found = [(pid, row[2]) for pid, row in processes().items() if writes_to(pid, log)]
            for pid, start in found:
                send(pid, start, signal.SIGKILL)
            if not found:
                break
            ended = max(ended, len(found))
            time.sleep(0.02)
    print(json.dumps({"ended": ended}))


def writes_to(pid, log):
    for number in (1, 2):
        try:
            if os.readlink("/proc/%d/fd/%d" % (pid, number)) == log:
                return True
        except OSError:
            pass
    return False


def main(argv):
    if len(argv) == 3 and argv[0] == "run":
        attempt = Attempt(os.path.abspath(argv[1]))
        runner = Runner(attempt, argv[2])
        ignore(os.setsid)
        if attempt.lock():
            runner.run()
    elif len(argv) == 3 and argv[0] == "inside":
        report = int(argv[2])
        os.set_inheritable(report, False)
        run_inside(Attempt(argv[1]).load_task(), report)
    elif argv == ["probe"]:
        probe()
    elif len(argv) == 2 and argv[0] == "sweep":
        sweep(argv[1])
    else:
        sys.stderr.write(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
