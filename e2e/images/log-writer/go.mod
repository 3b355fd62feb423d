module loggingstack.dev/log-writer

go 1.24
