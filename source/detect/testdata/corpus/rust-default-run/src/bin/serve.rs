use std::io::{Read, Write};
use std::net::TcpListener;

fn main() {
    let host = std::env::var("HOST").unwrap_or("0.0.0.0".into());
    let listener = TcpListener::bind(format!("{}:{}", host, std::env::var("PORT").unwrap())).unwrap();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\nConnection: close\r\n\r\nrust-default-run");
    }
}
