/**
 * Modules of Python's standard library (`sys.stdlib_module_names` of 3.11 to 3.13, without the private ones) and of its check tools: a file
 * of the same name at the root of imports is found in their place.
 */
export const PYTHON_MODULES: ReadonlySet<string> = new Set(
  `
abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit attr attrs audioop base64
bdb binascii bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop
collections colorsys compileall concurrent configparser contextlib contextvars copy copyreg coverage
crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils django doctest email
encodings ensurepip enum errno faulthandler fcntl filecmp fileinput flake8 fnmatch fractions ftplib
functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http
hypothesis idlelib imaplib imghdr imp importlib iniconfig inspect io ipaddress itertools json
keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap mock
modulefinder msilib msvcrt multiprocessing mypy netrc nis nntplib nose nose2 nox nt ntpath
nturl2path numbers numpy opcode operator optparse os ossaudiodev pathlib pdb pickle pickletools
pipes pkg_resources pkgutil platform plistlib pluggy poplib posix posixpath pprint profile pstats
pty pwd py py_compile pyclbr pydoc pydoc_data pyexpat pylint pytest pytest_asyncio pytest_cov queue
quopri random re readline reprlib resource rlcompleter ruff runpy sched secrets select selectors
setuptools shelve shlex shutil signal site sitecustomize smtpd smtplib sndhdr socket socketserver
spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct
subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios textwrap
this threading time timeit tkinter token tokenize tomllib tox trace traceback tracemalloc tty turtle
turtledemo types typing typing_extensions unicodedata unittest urllib usercustomize uu uuid venv
warnings wave weakref webbrowser winreg winsound wsgiref xdist xdrlib xml xmlrpc zipapp zipfile
zipimport zlib zoneinfo
`
    .trim()
    .split(/\s+/),
);
